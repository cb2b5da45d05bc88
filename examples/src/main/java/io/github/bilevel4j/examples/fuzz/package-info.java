/**
 * Random cases for the language of expressions and the readers of files: each gives a right value
 * or an error that tells what is wrong, and everything else is a finding with a seed.
 */
package io.github.bilevel4j.examples.fuzz;
