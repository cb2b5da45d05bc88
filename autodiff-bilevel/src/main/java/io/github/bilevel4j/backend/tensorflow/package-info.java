/**
 * The engine on TensorFlow: the only package that knows TensorFlow. A primitive of the user's own
 * is lowered by {@link io.github.bilevel4j.backend.tensorflow.TensorFlowPrimitive}.
 */
package io.github.bilevel4j.backend.tensorflow;
