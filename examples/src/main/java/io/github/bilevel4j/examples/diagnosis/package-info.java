/** What the machine has, and whether it computes rightly. */
package io.github.bilevel4j.examples.diagnosis;
