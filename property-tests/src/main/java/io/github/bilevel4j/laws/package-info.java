/**
 * Laws of losses: what must hold, apart from how it is checked and from what it is checked on.
 *
 * <p>A law is a value, see {@link io.github.bilevel4j.laws.Laws}. Tests claim it by implementing
 * the interface of its name, see {@link io.github.bilevel4j.laws.EmbeddingLoss}; programs check it
 * with {@link io.github.bilevel4j.laws.LawSearch}. Both report a counterexample with few rows and
 * columns and simple entries, as matrices with the two sides of the law.
 */
package io.github.bilevel4j.laws;
