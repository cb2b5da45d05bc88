/** What solvers are made of. */
package io.github.bilevel4j.solver.step;
