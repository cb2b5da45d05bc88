/** Encoders: networks cut into named stages. */
package io.github.bilevel4j.encoder;
