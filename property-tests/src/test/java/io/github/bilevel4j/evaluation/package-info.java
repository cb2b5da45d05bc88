/** Evaluation of expressions for tests. */
package io.github.bilevel4j.evaluation;
