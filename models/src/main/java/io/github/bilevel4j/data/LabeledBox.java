package io.github.bilevel4j.data;

/**
 * An object in a picture.
 *
 * @param label its class
 * @param isDifficult whether it should count neither as found nor as missed
 */
public record LabeledBox(BoundingBox box, int label, boolean isDifficult) {}
