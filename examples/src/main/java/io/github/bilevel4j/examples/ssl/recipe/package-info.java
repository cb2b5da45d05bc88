/** The settings of every method: all numbers of one published recipe in one place. */
package io.github.bilevel4j.examples.ssl.recipe;
