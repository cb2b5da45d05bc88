/** Bi-level problems with known answers, each a short program, and what tries them. */
package io.github.bilevel4j.examples.bilevel;
