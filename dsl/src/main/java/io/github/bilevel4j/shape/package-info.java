/** Static shapes, and arrays on the host. */
package io.github.bilevel4j.shape;
