/** A regularizer as a user would write it. */
package io.github.bilevel4j.regularizer;
