/** Contrastive losses: views of the same image attract, all others repel. */
package io.github.bilevel4j.losses.contrastive;
