/** What a run shows of itself: tables and curves. */
package io.github.bilevel4j.examples.report;
