/**
 * Labeled images in memory: readers of the usual file formats, a built-in procedural data set, and
 * reproducible mini-batches. Pixels stay 8-bit until they are asked for.
 */
package io.github.bilevel4j.data;
