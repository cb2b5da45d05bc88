/** Self-supervised methods, each a short program. */
package io.github.bilevel4j.examples.ssl;
