/** Programs and losses in single Java source files: compiled in memory and loaded. */
package io.github.bilevel4j.examples.source;
