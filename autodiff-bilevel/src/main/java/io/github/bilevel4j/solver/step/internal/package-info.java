/** Shared by the packages of the solver; no part of the interface for users. */
package io.github.bilevel4j.solver.step.internal;
