/** Losses and scores of classifiers. */
package io.github.bilevel4j.losses.classification;
