/** The command line. */
package io.github.bilevel4j.examples.cli;
