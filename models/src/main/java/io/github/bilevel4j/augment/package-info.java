/**
 * Augmentations as expressions on a batch of images {@code [n, height, width, 3]} with values in
 * [0, 1]: they run on the device with everything else and are differentiable in the images. Each
 * image has random draws of its own, fixed by a {@link io.github.bilevel4j.expr.RandomKey}.
 */
package io.github.bilevel4j.augment;
