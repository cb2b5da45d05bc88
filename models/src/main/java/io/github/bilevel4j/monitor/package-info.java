/**
 * What tells, while an encoder is trained, whether it memorizes: measurements, stop rule, curves.
 */
package io.github.bilevel4j.monitor;
