/** Long-tailed data: images that are learned late are found by pruning or by their losses. */
package io.github.bilevel4j.losses.longtail;
