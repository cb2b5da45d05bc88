/**
 * Optimizers, schedules, and constraints by projection, as expressions: they can run on the device
 * or be differentiated.
 */
package io.github.bilevel4j.optimizer;
