/** How good frozen features are: linear probe, nearest neighbours, coding rate reduction. */
package io.github.bilevel4j.eval;
