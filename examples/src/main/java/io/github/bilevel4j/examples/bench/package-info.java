/** Benchmarks: how long the steps of real programs take on this machine. */
package io.github.bilevel4j.examples.bench;
