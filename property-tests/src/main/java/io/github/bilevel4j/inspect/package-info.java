/**
 * What can be said of a loss without knowing what it is for: shapes, derivatives, laws, behavior at
 * degenerate embeddings, cost.
 */
package io.github.bilevel4j.inspect;
