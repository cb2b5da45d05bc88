/** Single source files. */
package io.github.bilevel4j.examples.source;
