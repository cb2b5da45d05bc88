/** Heads: the projectors and predictors put on an encoder's features. */
package io.github.bilevel4j.head;
