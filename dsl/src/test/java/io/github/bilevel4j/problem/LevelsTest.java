package io.github.bilevel4j.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

/** Problems of several inner levels: how they print, and what a user reads who mixes them up. */
class LevelsTest {
  private final Expr v = Expr.variable("v", Array.scalar(1));
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(3, 4));
  private final Expr y = Expr.variable("y", Array.vector(5, 6));
  private final Objective fit = Objective.of("fit", w.minus(x).squared().sum());
  private final Objective own = Objective.of("own", v.squared().times(x.sum()));

  /** Gradient descent of rate one. */
  private record Plain() implements Optimizer {
    @Override
    public State start(Vector parameters) {
      return new State(parameters, ImmutableMap.of(), Expr.constant(0));
    }

    @Override
    public State next(State state, Vector gradient) {
      return state.withParameters(state.parameters().minus(gradient));
    }

    @Override
    public String description() {
      return "plain";
    }
  }

  /** Remembers the last gradient and counts its steps. */
  private record Remembering() implements Optimizer {
    @Override
    public State start(Vector parameters) {
      return new State(parameters, ImmutableMap.of("last", parameters.zeros()), Expr.constant(0));
    }

    @Override
    public State next(State state, Vector gradient) {
      return new State(
          state.parameters().minus(gradient.times(state.count().plus(1))),
          ImmutableMap.of("last", gradient),
          state.count().plus(1));
    }

    @Override
    public boolean isStationaryAtFixedPoint() {
      return false;
    }

    @Override
    public String description() {
      return "remembering";
    }
  }

  private record Unrolling() implements HypergradientEstimator {
    @Override
    public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Differentiation differentiation(InnerLevel inner) {
      return Differentiation.STEPS;
    }

    @Override
    public String description() {
      return "unrolled";
    }
  }

  private static BilevelProblem outer(
      Bilevel.NeedsOuterVariables levels, Variables theta, Expr objective) {
    return levels
        .outer(theta)
        .minimize(Objective.of("f", objective))
        .steppedBy(new Plain())
        .differentiatedBy(new Unrolling());
  }

  private Bilevel.NeedsOuterVariables first() {
    return Bilevel.problem("p").inner(Variables.of(w)).minimize(fit).solvedBy(3, new Plain());
  }

  private BilevelProblem beside(Objective second, Expr f) {
    return outer(
        first().and(Variables.of(v)).minimize(second).solvedBy(5, new Remembering()),
        Variables.of(x),
        f);
  }

  private BilevelProblem under(Objective middle, Expr f) {
    return outer(
        first().under(Variables.of(y)).minimize(middle).solvedBy(2, new Plain()),
        Variables.of(x),
        f);
  }

  private Expr read() {
    return w.sum().plus(v);
  }

  private static void assertMessage(Runnable call, String message) {
    assertThatIllegalArgumentException().isThrownBy(call::run).withMessage(message);
  }

  @Test
  void printedFormSideBySide() {
    assertThat(beside(own, read()).toString())
        .isEqualToNormalizingNewlines(
            """
            p: bi-level problem
              outer over     1 variable, 2 parameters
              objective      + f
              stepped by     plain
              inner over     1 variable, 2 parameters
              objective      + fit
              solved by      3 x plain
              starting       warm
              inner over     1 variable, 1 parameter
              objective      + own
              solved by      5 x remembering
              starting       warm
              hypergradient  unrolled
            """);
  }

  @Test
  void printedFormOfThreeLevels() {
    Objective middle = Objective.of("g", y.minus(w).squared().sum());
    assertThat(under(middle, y.sum()).toString())
        .isEqualToNormalizingNewlines(
            """
            p: problem of 3 levels
              outer over     1 variable, 2 parameters
              objective      + f
              stepped by     plain
              inner over     1 variable, 2 parameters
              objective      + g
              solved by      2 x plain
              starting       warm
              lower over     1 variable, 2 parameters
              objective      + fit
              solved by      3 x plain
              starting       warm
              hypergradient  unrolled
            """);
  }

  @Test
  void sideBySideAreOneLevel() {
    InnerLevel together = beside(own, read()).inner();
    assertThat(together.variables().names()).containsExactly("w", "v");
    assertThat(together.steps()).isEqualTo(5);
    assertThat(together.solver()).isEqualTo("3 x plain; 5 x remembering");
    assertThat(together.objective().values().keySet()).containsExactly("fit", "own");
    assertThat(together.optimizer().isStationaryAtFixedPoint()).isFalse();
    assertThat(together.optimizer().description()).isEqualTo("1: plain; 2: remembering");
    assertThat(together.start()).isEmpty();
    assertThat(
            together.optimizer().start(together.variables().vector()).slots().groups().get(1).own())
        .containsOnlyKeys("last");
  }

  @Test
  void termsOfTheSameNameAreNumbered() {
    Objective second = Objective.of("fit", v.squared().times(x.sum()));
    assertThat(beside(second, read()).inner().objective().values().keySet())
        .containsExactly("1/fit", "2/fit");
  }

  @Test
  void theOneWithoutAStartGoesOn() {
    InnerLevel together =
        outer(
                Bilevel.problem("p")
                    .inner(Variables.of(w))
                    .minimize(fit)
                    .startingAt(Vector.of(ImmutableMap.of("w", x)))
                    .solvedBy(3, new Plain())
                    .and(Variables.of(v))
                    .minimize(own)
                    .solvedBy(2, new Plain()),
                Variables.of(x),
                read())
            .inner();
    assertThat(together.start()).contains(Vector.of(ImmutableMap.of("w", x, "v", v)));
  }

  @Test
  void oneReadsTheOther() {
    assertMessage(
        () -> beside(own.plus("cross", v.times(w.sum())), read()),
        """
        problem "p": of two inner levels side by side one reads the variable "w" of the other.
          it is over      [v]
          the other over  [w]
        Maybe one is below the other: inner(...)...solvedBy(...).under(...), or they are one level.""");
  }

  /** w stands for a solution made of y, so that v would see y. */
  @Test
  void oneReadsTheOtherThroughALowerLevel() {
    Objective ofY = Objective.of("fit", w.minus(x).minus(y).squared().sum());
    assertMessage(
        () ->
            outer(
                Bilevel.problem("p")
                    .inner(Variables.of(w))
                    .minimize(ofY)
                    .solvedBy(1, new Plain())
                    .under(Variables.of(y))
                    .minimize(Objective.of("g", w.minus(x).squared().sum()))
                    .solvedBy(1, new Plain())
                    .and(Variables.of(v))
                    .minimize(own.plus("cross", v.times(w.sum())))
                    .solvedBy(1, new Plain()),
                Variables.of(x),
                y.sum().plus(v)),
        """
        problem "p": of two inner levels side by side one reads the variable "y" of the other.
          it is over      [v]
          the other over  [y]
        Maybe one is below the other: inner(...)...solvedBy(...).under(...), or they are one level.""");
  }

  /** The solution for w begins at y, so that v would see y. */
  @Test
  void oneReadsTheOtherThroughTheStartOfALowerLevel() {
    assertMessage(
        () ->
            outer(
                Bilevel.problem("p")
                    .inner(Variables.of(w))
                    .minimize(fit)
                    .startingAt(Vector.of(ImmutableMap.of("w", y)))
                    .solvedBy(1, new Plain())
                    .under(Variables.of(y))
                    .minimize(Objective.of("g", y.minus(x).squared().sum()))
                    .solvedBy(1, new Plain())
                    .and(Variables.of(v))
                    .minimize(own.plus("cross", v.times(w.sum())))
                    .solvedBy(1, new Plain()),
                Variables.of(x),
                y.sum().plus(v)),
        """
        problem "p": of two inner levels side by side one reads the variable "y" of the other.
          it is over      [v]
          the other over  [y]
        Maybe one is below the other: inner(...)...solvedBy(...).under(...), or they are one level.""");
  }

  @Test
  void outerObjectiveWithoutOneOfThem() {
    assertMessage(
        () -> beside(own, w.sum()),
        """
        problem "p": the outer objective does not depend on the inner variables.
          inner variables  [v]
        Maybe this inner level can be left out.""");
  }

  @Test
  void oneIsNotCoupled() {
    assertMessage(
        () -> beside(Objective.of("own", v.squared()), read()),
        """
        problem "p": the inner solution does not depend on the outer variables.
          inner variables  [v]
          outer variables  [x]
          hypergradient    unrolled
        Maybe near(theta, 1 / rate), startingAt(theta) or a product of both is missing.""");
  }

  @Test
  void variableOnTwoLevels() {
    assertMessage(
        () ->
            outer(
                first().and(Variables.of(w)).minimize(fit).solvedBy(1, new Plain()),
                Variables.of(x),
                read()),
        """
        problem "p": the variable "w" is on two levels.
        Maybe one of them should have a copy: phi.copy("second").""");
    assertMessage(
        () ->
            outer(
                first().under(Variables.of(w)).minimize(fit).solvedBy(1, new Plain()),
                Variables.of(x),
                read()),
        """
        problem "p": the variable "w" is on two levels.
        Maybe one of them should have a copy: phi.copy("second").""");
  }

  /** The middle level moves y by way of the lower solution alone; the outer level likewise. */
  @Test
  void throughTheLowerSolution() {
    Objective ofY = Objective.of("fit", w.minus(x).minus(y).squared().sum());
    BilevelProblem problem =
        outer(
            Bilevel.problem("p")
                .inner(Variables.of(w))
                .minimize(ofY)
                .solvedBy(1, new Plain())
                .under(Variables.of(y))
                .minimize(Objective.of("g", w.squared().sum()))
                .solvedBy(1, new Plain()),
            Variables.of(x),
            w.sum());
    assertThat(problem.lower()).hasSize(1);
  }

  @Test
  void lowerLevelThatNothingReads() {
    assertMessage(
        () -> under(Objective.of("g", y.minus(x).squared().sum()), y.sum()),
        """
        problem "p": no objective above reads the variables of a lower level.
          lower variables  [w]
        Maybe this level can be left out.""");
  }

  @Test
  void lowerLevelThatReadsNothingAbove() {
    assertMessage(
        () ->
            outer(
                Bilevel.problem("p")
                    .inner(Variables.of(w))
                    .minimize(Objective.of("fit", w.squared().sum()))
                    .solvedBy(1, new Plain())
                    .under(Variables.of(y))
                    .minimize(Objective.of("g", y.minus(w).minus(x).squared().sum()))
                    .solvedBy(1, new Plain()),
                Variables.of(x),
                y.sum()),
        """
        problem "p": a lower level does not depend on the variables of the levels above.
          lower variables  [w]
        Maybe it can be solved once, before, or a product or a near(...) is missing.""");
  }

  @Test
  void lowerLevelPresolved() {
    assertMessage(
        () ->
            outer(
                Bilevel.problem("p")
                    .inner(Variables.of(w))
                    .minimize(fit)
                    .presolved()
                    .under(Variables.of(y))
                    .minimize(Objective.of("g", y.minus(w).squared().sum()))
                    .solvedBy(1, new Plain()),
                Variables.of(x),
                y.sum()),
        """
        problem "p": a lower level is presolved, so there are no steps to differentiate.
          lower variables  [w]
        Maybe solvedBy(...) was meant.""");
  }

  @Test
  void startFromBelow() {
    assertMessage(
        () ->
            outer(
                first()
                    .under(Variables.of(y))
                    .minimize(Objective.of("g", y.minus(w).squared().sum()))
                    .startingAt(Vector.of(ImmutableMap.of("y", w)))
                    .solvedBy(1, new Plain()),
                Variables.of(x),
                y.sum()),
        """
        problem "p": an inner level starts at "w", a variable at or below its own level.
          level over  [y]
        Maybe no startingAt(...) was meant: each solve then starts where the last ended.""");
  }

  @Test
  void lowerTermWithoutLowerVariables() {
    assertMessage(
        () ->
            outer(
                Bilevel.problem("p")
                    .inner(Variables.of(w))
                    .minimize(fit.plus("size", x.squared().sum()))
                    .solvedBy(1, new Plain())
                    .under(Variables.of(y))
                    .minimize(Objective.of("g", y.minus(w).squared().sum()))
                    .solvedBy(1, new Plain()),
                Variables.of(x),
                y.sum()),
        """
        problem "p": the term "size" of the lower objective does not reach the lower variables.
          term      + size
          contains  x
        Maybe it was written with other variables.""");
  }

  @Test
  void lowestOfTwoLevels() {
    assertMessage(
        () -> beside(own, read()).withLowestAt(Variables.of(w).vector()),
        """
        problem "p": there is no level below the inner one.
        Maybe the inner level's solution is the estimator's.""");
  }

  @Test
  void rulesByName() {
    Optimizer both = new Plain().exceptFor("second", name -> name.equals("v"), new Remembering());
    Vector parameters = Variables.of(v, w).vector();
    Optimizer.State start = both.start(parameters);
    assertThat(start.slots().groups().get(1).own()).containsOnlyKeys("last");
    Vector gradient = Vector.of(ImmutableMap.of("v", w.sum(), "w", x));
    Optimizer.State next = both.next(start, gradient);
    assertThat(next.parameters().get("w")).isEqualTo(w.minus(x));
    assertThat(next.slots().groups().get(1).get("last").get("v")).isEqualTo(w.sum());
    assertThat(next.count()).isEqualTo(Expr.constant(1));
    assertThat(both.description()).isEqualTo("plain; second: remembering");
    assertMessage(
        () -> both.start(Variables.of(w).vector()),
        """
        optimizer: no variable is in the group "second".
          variables  [w]
          optimizer  remembering
        Maybe the condition on their names was meant for other variables.""");
  }
}
