/** What solvers are made of: optimizers and inner solves whose state is kept on the device. */
package io.github.bilevel4j.solver.step;
