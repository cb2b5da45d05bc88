/** Quantities of information theory: coding rates, divergences, densities over a batch. */
package io.github.bilevel4j.losses.information;
