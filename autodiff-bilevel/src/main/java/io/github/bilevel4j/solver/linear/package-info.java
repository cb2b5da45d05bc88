/**
 * Methods for linear systems {@code A x = b} whose matrix is known by its products alone, as pure
 * functions on expressions: the same method runs on any device, several iterations at a time.
 *
 * <h2>When a solve is refused</h2>
 *
 * What is reported as the residual is {@code r = b - A x} of the solution that is used, from one
 * more product after the last iteration, and not what rounding has made of a recurrence (which has
 * a thousandth of rounding at most where it is told instead). It alone decides, for all methods
 * alike, a user's own included:
 *
 * <ul>
 *   <li>Up to a percent of the right side, or twice the tolerance, it is reported and no more. A
 *       singular system with a solution is a system with a solution, by a {@link
 *       io.github.bilevel4j.solver.linear.DirectSolver} too.
 *   <li>A larger one that further iterations would lower is a truncated solve, which whoever gave
 *       the number of iterations has chosen: it is reported and no more.
 *   <li>A larger one that would stay is refused by a {@link
 *       io.github.bilevel4j.solver.linear.BreakdownException} with advice: a direct method met a
 *       singular column; or the method says that it has come to rest; or {@code |r|} is more than
 *       twice what the method's recurrence has it at; or the last third of the iterations has not
 *       brought it below all before, and either rounding of {@code A x} alone is a percent of b,
 *       {@code u |A| |x| >= |b| / 100} for the precision u, or {@code |r|} is constant there, of
 *       eight iterations at least, and {@code |A^T r| <= |A| |r| / 100}: what is left of b is
 *       outside the range of A.
 * </ul>
 *
 * During the iterations a solve is refused where a number is not finite, where the residual is 1e8
 * times the right side, and where the curvature is negative beyond rounding for a method that needs
 * a positive one.
 *
 * <p>{@link io.github.bilevel4j.solver.linear.Nystrom} solves a system that its own damping makes
 * regular: its residual is reported, and never refused for being large. {@link
 * io.github.bilevel4j.solver.linear.ScaledIdentity} makes no product and has no residual. In mixed
 * precision products have two digits, and a fifth of the right side takes the place of a percent.
 */
package io.github.bilevel4j.solver.linear;
