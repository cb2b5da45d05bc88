/** Runs: the training loop, what it records, and how it is interrupted without loss. */
package io.github.bilevel4j.run;
