/** Derivatives of losses against differences of their values. */
package io.github.bilevel4j.gradcheck;
