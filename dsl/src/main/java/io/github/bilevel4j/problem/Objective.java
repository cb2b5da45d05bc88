package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.function.UnaryOperator;

/**
 * A scalar to minimize, written as a sum of named terms with weights. Each term is reported by
 * itself, so that a run shows which one moves.
 */
public final class Objective {
  private final ImmutableList<Term> terms;

  Objective(ImmutableList<Term> terms) {
    this.terms = terms;
  }

  /** The objective with one term of weight one. */
  public static Objective of(String name, Expr value) {
    return new Objective(ImmutableList.of(new Term(name, 1, value)));
  }

  /** With one more term, minimized. */
  public Objective plus(String name, Expr value) {
    return plus(name, 1, value);
  }

  /**
   * With {@code weight} times one more term, minimized.
   *
   * @throws IllegalArgumentException if the weight is negative, the value not a scalar or the name
   *     taken
   */
  public Objective plus(String name, double weight, Expr value) {
    requireNotNegative(name, weight, "minus");
    return with(new Term(name, weight, value));
  }

  /**
   * With {@code weight} times one more term subtracted, that is, maximized.
   *
   * @throws IllegalArgumentException if the weight is negative, the value not a scalar or the name
   *     taken
   */
  public Objective minus(String name, double weight, Expr value) {
    requireNotNegative(name, weight, "plus");
    // A weight of zero stays a positive zero: the term is off, not "minus zero".
    return with(new Term(name, weight == 0 ? 0 : -weight, value));
  }

  /** The terms in order. */
  public ImmutableList<Term> terms() {
    return terms;
  }

  /** The sum of the weighted terms. Terms of weight zero are left out. */
  public Expr total() {
    return terms.stream()
        .filter(term -> term.coefficient() != 0)
        .map(Term::weighted)
        .reduce(Expr::plus)
        .orElse(Expr.constant(0));
  }

  /** The values of the terms by name, without their weights. */
  public ImmutableMap<String, Expr> values() {
    return terms.stream().collect(ImmutableMap.toImmutableMap(Term::name, Term::value));
  }

  /** The same terms with a function applied to their values. */
  public Objective map(UnaryOperator<Expr> function) {
    return new Objective(
        terms.stream()
            .map(t -> new Term(t.name(), t.coefficient(), function.apply(t.value())))
            .collect(ImmutableList.toImmutableList()));
  }

  /**
   * The same with the weight of one term multiplied by a factor; zero leaves the term out.
   *
   * @throws IllegalArgumentException if there is no such term, or the factor is negative
   */
  public Objective weighted(String name, double factor) {
    if (!(factor >= 0) || terms.stream().noneMatch(term -> term.name().equals(name))) {
      throw UsageError.in("objective")
          .because("weighing a term needs its name and a factor that is not negative")
          .value("name", name)
          .value("factor", factor)
          .value("terms", String.join(", ", values().keySet()))
          .maybe("another term was meant, or 0, which leaves a term out.");
    }
    return new Objective(
        terms.stream()
            .map(t -> t.name().equals(name) ? t.times(factor) : t)
            .collect(ImmutableList.toImmutableList()));
  }

  private Objective with(Term term) {
    if (terms.stream().anyMatch(other -> other.name().equals(term.name()))) {
      throw UsageError.in("objective")
          .because("two terms are named \"%s\"", term.name())
          .maybe("the second one needs a name of its own.");
    }
    return new Objective(ImmutableList.<Term>builder().addAll(terms).add(term).build());
  }

  private static void requireNotNegative(String name, double weight, String opposite) {
    if (weight < 0) {
      throw UsageError.in("term \"" + name + "\"")
          .because("the weight is negative, %s", weight)
          .maybe("%s(\"%s\", %s, ...) was meant.", opposite, name, -weight);
    }
  }

  /** The terms with their weights, one per line. */
  @Override
  public String toString() {
    return String.join("\n", terms.stream().map(Term::toString).toList());
  }
}
