/**
 * Layers: pure functions of named parameters, an input and a pass. A {@link
 * io.github.bilevel4j.layer.LayerSpec} describes a layer; in a {@link
 * io.github.bilevel4j.layer.Scope} it becomes one, with variables of its own.
 */
package io.github.bilevel4j.layer;
