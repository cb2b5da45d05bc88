/** What the build promises. */
package io.github.bilevel4j.build;
