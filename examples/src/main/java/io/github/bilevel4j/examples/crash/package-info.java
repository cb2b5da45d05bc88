/** Kills runs and compares what they become after all. */
package io.github.bilevel4j.examples.crash;
