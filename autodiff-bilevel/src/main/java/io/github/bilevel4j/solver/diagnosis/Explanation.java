package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.problem.internal.TextReport;
import java.time.Duration;
import java.util.Locale;

/**
 * What a solver will do, see {@link io.github.bilevel4j.solver.BilevelSolver#explain}: numbers, and
 * {@link #toString} a page.
 *
 * @param problem its name
 * @param device and precision
 * @param levels for each level by its role, from the outer one down, a line: variables, terms of
 *     the objective, how the variables are moved
 * @param coupling for each outer variable where it acts
 * @param method the estimator's description
 * @param path the formula of the hypergradient
 * @param why the reason for the linear solver, if it was chosen automatically; else empty
 * @param gradients operations of an outer step by part, in those of one inner gradient; counted on
 *     the expressions, with all iterations of the linear solver made
 * @param cost of an outer step, likewise with all iterations, for one replica
 * @param bytes memory on the device by use; all but {@link #INTERMEDIATE} is held all the time
 * @param programs compiled for a step
 * @param nodes of the device's graph, of all programs
 * @param compileTime of all programs
 */
public record Explanation(
    String problem,
    String device,
    ImmutableMap<String, String> levels,
    ImmutableMap<String, String> coupling,
    String method,
    String path,
    ImmutableList<String> why,
    ImmutableMap<String, Double> gradients,
    StepCost cost,
    ImmutableMap<String, Double> bytes,
    int programs,
    int nodes,
    Duration compileTime) {

  /** The values that the largest program computes on the way; at most, since memory is reused. */
  public static final String INTERMEDIATE = "intermediate, at most";

  private static final double MEBIBYTE = 1024.0 * 1024;

  /** The operations of an outer step, in those of one inner gradient. */
  public double totalGradients() {
    return sum(gradients);
  }

  /** All memory, in bytes. */
  public double totalBytes() {
    return sum(bytes);
  }

  private static double sum(ImmutableMap<String, Double> parts) {
    return parts.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** A readable page. */
  @Override
  public String toString() {
    TextReport page = new TextReport("\"" + problem + "\" on " + device, 4, 24);
    page.title("levels");
    levels.forEach(page::line);
    page.title("coupling");
    coupling.forEach(page::line);
    page.title("hypergradient").line("method", method).line("formula", path).lines("why", why);
    page.title("operations of a step, in inner gradients");
    gradients.forEach((part, count) -> page.line(part, count(count)));
    page.line("total", count(totalGradients()));
    if (cost.messages() > 0) {
      page.title("sums over replicas in a step")
          .line("number", String.valueOf(cost.messages()))
          .line("elements", String.format(Locale.ROOT, "%.3g", cost.messageElements()));
    }
    page.title("memory");
    bytes.forEach((use, size) -> page.line(use, size(size)));
    page.line("total", size(totalBytes()));
    page.title("programs")
        .line("number", String.valueOf(programs))
        .line("nodes", String.valueOf(nodes))
        .line("compiled in", String.format(Locale.ROOT, "%.2f s", compileTime.toMillis() / 1e3));
    return page.toString();
  }

  private static String count(double gradients) {
    return String.format(Locale.ROOT, gradients < 10 ? "%.1f" : "%.0f", gradients);
  }

  private static String size(double bytes) {
    return String.format(Locale.ROOT, "%.3g MiB", bytes / MEBIBYTE);
  }
}
