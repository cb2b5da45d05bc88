/** Shared by problems and solvers; no part of the interface for users. */
package io.github.bilevel4j.problem.internal;
