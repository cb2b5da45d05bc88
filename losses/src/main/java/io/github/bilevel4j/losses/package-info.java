/** What losses share: embeddings of samples, views and pairs of them, and their checks. */
package io.github.bilevel4j.losses;
