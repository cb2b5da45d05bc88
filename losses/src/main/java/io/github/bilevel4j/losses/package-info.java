/** What losses share: embeddings of samples and of two views of them. */
package io.github.bilevel4j.losses;
