/** Static shapes, arrays on the host, and the form of every error message. */
package io.github.bilevel4j.shape;
