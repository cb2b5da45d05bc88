/** The pages. */
package io.github.bilevel4j.examples;
