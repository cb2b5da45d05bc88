/** Runs of self-supervised methods on images: training, evaluation, weights and folders. */
package io.github.bilevel4j.experiment;
