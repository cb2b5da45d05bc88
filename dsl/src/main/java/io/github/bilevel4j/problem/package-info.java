/**
 * Problems: objectives made of named terms, two levels and how each is solved and differentiated,
 * validated when they are built.
 */
package io.github.bilevel4j.problem;
