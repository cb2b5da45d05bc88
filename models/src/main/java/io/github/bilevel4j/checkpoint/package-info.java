/** The state of trainings on disk, from which they go on to the same bits. */
package io.github.bilevel4j.checkpoint;
