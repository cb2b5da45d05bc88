/** The Undoing Memorization Mechanism. */
package io.github.bilevel4j.examples.umm;
