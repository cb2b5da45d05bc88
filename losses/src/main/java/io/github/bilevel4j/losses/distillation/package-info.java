/** Losses in which one branch predicts what the other, a constant, says of the same images. */
package io.github.bilevel4j.losses.distillation;
