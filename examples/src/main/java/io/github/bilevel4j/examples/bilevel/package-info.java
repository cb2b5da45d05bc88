/** Generic bi-level problems whose answers are known in closed form. */
package io.github.bilevel4j.examples.bilevel;
