/** The engine on TensorFlow: the only package that knows TensorFlow. */
package io.github.bilevel4j.backend.tensorflow;
