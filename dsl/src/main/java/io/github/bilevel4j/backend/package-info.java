/**
 * Steps, the simultaneous assignments into which solvers turn problems, and what runs them: an
 * engine compiles steps and keeps the variables on its device. Nothing here names the library
 * underneath.
 */
package io.github.bilevel4j.backend;
