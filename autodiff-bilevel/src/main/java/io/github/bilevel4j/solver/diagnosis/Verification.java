package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.problem.internal.TextReport;

/**
 * How a hypergradient compares with a reference, see {@link
 * io.github.bilevel4j.solver.BilevelSolver#verify}: numbers, and {@link #toString} a page with a
 * verdict in words.
 *
 * @param problem its name
 * @param method the estimator's description
 * @param reference what the estimate was compared with
 * @param numbers the comparisons made, by name; errors are relative
 * @param findings what is wrong and what to change, a sentence each; empty if all is right
 */
public record Verification(
    String problem,
    String method,
    String reference,
    ImmutableMap<String, Double> numbers,
    ImmutableList<String> findings) {

  /** The relative error of the hypergradient against the reference. */
  public static final String ERROR = "error";

  /** The cosine of the angle between hypergradient and reference. */
  public static final String COSINE = "cosine";

  /** The error from ending the linear solve early. */
  public static final String TRUNCATION = "of the linear solve";

  /** The error from damping. */
  public static final String DAMPING = "of the damping";

  /** The error from an inner problem that is not solved. */
  public static final String INNER = "of the inner solution";

  /** The difference of the reference and central differences of the outer objective. */
  public static final String DIFFERENCES = "reference by differences";

  /** Whether nothing was found to be wrong. */
  public boolean isRight() {
    return findings.isEmpty();
  }

  /** A readable page. */
  @Override
  public String toString() {
    TextReport page = new TextReport("verification of \"" + problem + "\"", 4, 24);
    page.line("hypergradient", method).line("reference", reference);
    page.title("relative errors");
    numbers.forEach(
        (name, value) ->
            page.line(
                name, name.equals(COSINE) ? TextReport.number(value) : TextReport.percent(value)));
    page.title("verdict");
    page.paragraphs(isRight() ? ImmutableList.of("The hypergradient is right.") : findings);
    return page.toString();
  }
}
