/**
 * What runs steps: an engine compiles them, keeps the variables on its device and runs them.
 * Nothing here names the library underneath.
 */
package io.github.bilevel4j.backend;
