/** Losses that measure dependence by kernels. */
package io.github.bilevel4j.losses.kernel;
