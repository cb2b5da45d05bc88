/** Weights on disk, in the safetensors format that other frameworks read and write. */
package io.github.bilevel4j.weights;
