/**
 * Losses that draw the views of an image together and keep the features of a batch from collapsing
 * by their statistics: correlations, variances, determinants.
 */
package io.github.bilevel4j.losses.redundancy;
