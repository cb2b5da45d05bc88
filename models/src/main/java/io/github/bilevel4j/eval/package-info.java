/** How good frozen features are: linear probe, nearest neighbors, coding rate reduction. */
package io.github.bilevel4j.eval;
