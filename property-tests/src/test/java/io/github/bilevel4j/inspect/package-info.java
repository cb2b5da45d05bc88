/** The inspector of losses. */
package io.github.bilevel4j.inspect;
