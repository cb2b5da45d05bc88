/** Values of expressions, random arrays and matrices on the host, for tests. */
package io.github.bilevel4j.evaluation;
