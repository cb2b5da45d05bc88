/** The one form of every error, and the one checker of ranges. */
package io.github.bilevel4j.check;
