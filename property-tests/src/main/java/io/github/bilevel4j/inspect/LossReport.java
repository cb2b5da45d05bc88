package io.github.bilevel4j.inspect;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.gradcheck.DerivativeErrors;
import io.github.bilevel4j.laws.LawOutcome;
import java.util.stream.Stream;

/**
 * What was found out about a loss.
 *
 * @param name its name
 * @param views the number of its views
 * @param shapes what it makes of embeddings of some shapes
 * @param derivatives the relative errors of its derivatives in float64
 * @param claimed the names of the laws that it should obey
 * @param laws the outcomes of all laws
 * @param numerics its behavior at degenerate and extreme embeddings
 * @param cost what it costs
 */
public record LossReport(
    String name,
    int views,
    ImmutableList<ShapeRule> shapes,
    DerivativeErrors derivatives,
    ImmutableSet<String> claimed,
    ImmutableList<LawOutcome> laws,
    ImmutableList<Numerics> numerics,
    Cost cost) {
  private static final double DERIVATIVE_TOLERANCE = 1e-7;

  /**
   * What is wrong, one line each: a derivative that is not the limit of differences, a claimed law
   * that fails, a value or gradient that is not finite.
   */
  public ImmutableList<String> defects() {
    Stream<String> derivative =
        Stream.of(derivatives.firstAbove(DERIVATIVE_TOLERANCE))
            .filter(order -> order > 0)
            .map(order -> "the derivative of order " + order + " is wrong: " + derivatives);
    Stream<String> claims =
        laws.stream()
            .filter(outcome -> Inspector.isDefect(outcome, claimed))
            .map(
                outcome ->
                    "the claimed law "
                        + outcome.law().name()
                        + (outcome.kind() == LawOutcome.Kind.FAILS
                            ? " does not hold"
                            : " cannot be applied"));
    Stream<String> finite =
        numerics.stream()
            .filter(row -> !row.isFinite())
            .map(row -> row.embeddings() + ": " + row.notFinite());
    return Stream.of(derivative, claims, finite)
        .flatMap(each -> each)
        .collect(ImmutableList.toImmutableList());
  }

  /** The whole report as text. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(name).append(views == 1 ? ", a loss of one batch" : ", a loss of two views");
    section(text, "shapes", shapes.stream());
    section(text, "derivatives, relative errors in float64", Stream.of(derivatives));
    section(text, "laws that hold", lines(LawOutcome.Kind.HOLDS));
    section(text, "laws that do not hold, each at the smallest counterexample found", failures());
    section(text, "laws that cannot be applied", lines(LawOutcome.Kind.NOT_APPLICABLE));
    section(text, "numerics (n = 4, d = 3; n = 2; d > n; both precisions)", numerics.stream());
    section(text, "value and gradients at [256, 128] in float32", Stream.of(cost));
    ImmutableList<String> defects = defects();
    section(
        text,
        defects.isEmpty() ? "no defects" : "defects",
        defects.stream().map(defect -> "- " + defect));
    return text.append('\n').toString();
  }

  private Stream<String> lines(LawOutcome.Kind kind) {
    return laws.stream()
        .filter(outcome -> outcome.kind() == kind)
        .map(
            outcome ->
                String.format("%-26s %s", marked(outcome), outcome.law().formula())
                    + (kind == LawOutcome.Kind.NOT_APPLICABLE
                        ? "\n  " + outcome.reason().lines().findFirst().orElse("")
                        : ""));
  }

  private Stream<String> failures() {
    return laws.stream()
        .filter(outcome -> outcome.kind() == LawOutcome.Kind.FAILS)
        .map(
            outcome ->
                String.format("%-26s %s", marked(outcome), outcome.law().formula())
                    + outcome
                        .counterexample()
                        .orElseThrow()
                        .toString()
                        .lines()
                        .skip(1)
                        .reduce("", (all, line) -> all + "\n    " + line));
  }

  private String marked(LawOutcome outcome) {
    String law = outcome.law().name();
    return claimed.contains(law) ? law + " *" : law;
  }

  private static void section(StringBuilder text, String title, Stream<?> entries) {
    ImmutableList<String> all =
        entries.map(Object::toString).collect(ImmutableList.toImmutableList());
    if (all.isEmpty() && !title.equals("no defects")) {
      return;
    }
    text.append("\n  ").append(title);
    for (String entry : all) {
      entry.lines().forEach(line -> text.append("\n    ").append(line));
    }
  }
}
