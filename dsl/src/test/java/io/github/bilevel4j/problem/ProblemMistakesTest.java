package io.github.bilevel4j.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a user reads whose problem is not well posed, and how one that is prints. */
class ProblemMistakesTest {
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(3, 4));
  private final Variables phi = Variables.of(w);
  private final Variables theta = Variables.of(x);
  private final Objective fit = Objective.of("fit", w.minus(x).squared().sum());
  private final Objective validation = Objective.of("validation", w.squared().sum());

  /** An optimizer that these tests never run. */
  private record Still() implements Optimizer {
    @Override
    public State start(Vector parameters) {
      return new State(parameters, ImmutableMap.of(), Expr.constant(0));
    }

    @Override
    public State next(State state, Vector gradient) {
      return state;
    }

    @Override
    public String description() {
      return "no optimizer";
    }
  }

  /** An estimator that these tests never run. */
  private record Named(boolean followsInnerSteps) implements HypergradientEstimator {
    @Override
    public Differentiation differentiation(InnerLevel inner) {
      return followsInnerSteps ? Differentiation.STEPS : Differentiation.SOLUTION;
    }

    @Override
    public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String description() {
      return followsInnerSteps ? "unrolled" : "implicit";
    }
  }

  private static void assertMessage(ThrowingCallable call, String... lines) {
    assertThatIllegalArgumentException()
        .isThrownBy(call)
        .withMessage("%s", String.join("\n", lines));
  }

  private BilevelProblem problem(Variables inner, Objective g, Variables outer, Objective f) {
    return Bilevel.problem("p")
        .inner(inner)
        .minimize(g)
        .solvedBy(3, new Still())
        .outer(outer)
        .minimize(f)
        .steppedBy(new Still())
        .differentiatedBy(new Named(false));
  }

  @Test
  void printedForm() {
    BilevelProblem problem =
        problem(phi, fit.plus("decay", 0.5, w.squared().sum()), theta, validation);
    assertThat(problem.toString())
        .isEqualToNormalizingNewlines(
            """
            p: bi-level problem
              outer over     1 variable, 2 parameters
              objective      + validation
              stepped by     no optimizer
              inner over     1 variable, 2 parameters
              objective      + fit
                             + 0.5 decay
              solved by      3 x no optimizer
              starting       warm
              hypergradient  implicit
            """);
  }

  @Test
  void objectiveThatIsNotAScalar() {
    assertMessage(
        () -> Objective.of("fit", w.squared()),
        "term \"fit\": the value is not a scalar.",
        "  value  square(w)  [2]",
        "Maybe a sum() or mean() is missing.");
  }

  @Test
  void negativeWeight() {
    assertMessage(
        () -> fit.plus("rate", -0.1, w.sum()),
        "term \"rate\": the weight is negative, -0.1.",
        "Maybe minus(\"rate\", 0.1, ...) was meant.");
    assertMessage(
        () -> fit.minus("rate", -0.1, w.sum()),
        "term \"rate\": the weight is negative, -0.1.",
        "Maybe plus(\"rate\", 0.1, ...) was meant.");
  }

  @Test
  void weightThatIsNotFinite() {
    assertMessage(
        () -> fit.plus("rate", Double.NaN, w.sum()),
        "term \"rate\": the weight is not finite, NaN.",
        "Maybe it was divided by zero.");
  }

  @Test
  void termsOfOneName() {
    assertMessage(
        () -> fit.plus("fit", w.sum()),
        "objective: two terms are named \"fit\".",
        "Maybe the second one needs a name of its own.");
  }

  @Test
  void weighingATermThatIsNotThere() {
    assertMessage(
        () -> fit.weighted("size", 2),
        "objective: weighing a term needs its name and a factor that is not negative.",
        "  name    size",
        "  factor  2.0",
        "  terms   fit",
        "Maybe another term was meant, or 0, which leaves a term out.");
    assertThat(fit.plus("size", 0.5, w.sum()).weighted("size", 3).minus("gain", 1, w.sum()))
        .hasToString("+ fit\n+ 1.5 size\n- gain");
    assertThat(fit.minus("gain", 0.5, w.sum()).weighted("gain", 4).weighted("fit", 0))
        .hasToString("+ 0.0 fit\n- 2.0 gain");
  }

  @Test
  void innerObjectiveWithoutInnerVariables() {
    assertMessage(
        () -> problem(phi, Objective.of("fit", x.sum()), theta, validation),
        "problem \"p\": the term \"fit\" of the inner objective does not reach the inner variables.",
        "  term      + fit",
        "  contains  x",
        "Maybe it was written with other variables.");
  }

  @Test
  void termCutOffByDetach() {
    assertMessage(
        () -> problem(phi, fit.plus("js", w.detached().sum()), theta, validation),
        "problem \"p\": the term \"js\" of the inner objective does not reach the inner variables.",
        "  term      + js",
        "  contains  w",
        "Maybe a detached() or a comparison cuts its derivative.");
  }

  @Test
  void aTermIsToldByTheFirstOfItsVariablesAndInputs() {
    Expr sum = Expr.input("a", 2).plus(x);
    Variables own = Variables.of(Expr.variable("own", Array.scalar(0)));
    for (String name : List.of("b", "c")) {
      sum = sum.plus(Expr.variable(name, Array.vector(0, 0)));
    }
    Objective four = Objective.of("fit", sum.sum());
    Objective five = Objective.of("fit", sum.plus(w).sum());
    assertMessage(
        () -> problem(own, four, theta, validation),
        "problem \"p\": the term \"fit\" of the inner objective does not reach the inner variables.",
        "  term      + fit",
        "  contains  a, x, b, c",
        "Maybe it was written with other variables.");
    assertMessage(
        () -> problem(own, five, theta, validation),
        "problem \"p\": the term \"fit\" of the inner objective does not reach the inner variables.",
        "  term      + fit",
        "  contains  a, x, b, c, ...",
        "Maybe it was written with other variables.");
  }

  @Test
  void outerTermWithoutAnyVariable() {
    assertMessage(
        () -> problem(phi, fit, theta, validation.plus("js", Expr.constant(2))),
        "problem \"p\": the term \"js\" of the outer objective does not reach the variables of"
            + " either level.",
        "  term      + js",
        "  contains  no variable",
        "Maybe it was written with other variables.");
  }

  @Test
  void variableThatNothingMoves() {
    Expr idle = Expr.variable("idle", Array.scalar(0));
    assertMessage(
        () -> problem(Variables.of(w, idle), fit, theta, validation),
        "problem \"p\": the inner objective does not reach the variable \"idle\".",
        "  variable  idle  []",
        "Maybe it should not be among the variables of this level.");
  }

  @Test
  void outerObjectiveWithoutInnerVariables() {
    assertMessage(
        () -> problem(phi, fit, theta, Objective.of("size", x.sum())),
        "problem \"p\": the outer objective does not depend on the inner variables.",
        "  inner variables  [w]",
        "Maybe the problem has one level: SingleLevel.problem(...).");
  }

  @Test
  void innerProblemWithoutOuterVariables() {
    assertMessage(
        () -> problem(phi, Objective.of("fit", w.squared().sum()), theta, validation),
        "problem \"p\": the inner solution does not depend on the outer variables.",
        "  inner variables  [w]",
        "  outer variables  [x]",
        "  hypergradient    implicit",
        "Maybe near(theta, 1 / rate), startingAt(theta) or a product of both is missing.");
  }

  @Test
  void outerVariableThatNothingReaches() {
    Expr idle = Expr.variable("idle", Array.scalar(0));
    assertMessage(
        () -> problem(phi, fit, Variables.of(x, idle), validation),
        "problem \"p\": neither objective reaches the outer variable \"idle\".",
        "  variable  idle  []",
        "Maybe it should not be among the variables of this level.");
  }

  @Test
  void startOfAnotherShape() {
    Variables longer = Variables.of(Expr.variable("w", Array.vector(1, 2, 3)));
    assertMessage(
        () -> Bilevel.problem("p").inner(phi).minimize(fit).startingAt(longer),
        "starting at: the shapes of \"w\" differ.",
        "  inner variable  [2]",
        "  given           [3]",
        "Maybe they belong to another network.");
    assertMessage(
        () -> Bilevel.problem("p").inner(phi).minimize(fit).near(longer, 1),
        "near: the shapes of \"w\" differ.",
        "  inner variable  [2]",
        "  given           [3]",
        "Maybe they belong to another network.");
  }

  @Test
  void couplingByTheStartAlone() {
    Variables copy = theta.copy("inner");
    Objective decay = Objective.of("decay", copy.vector().squaredNorm());
    Bilevel.NeedsHypergradient almost =
        Bilevel.problem("p")
            .inner(copy)
            .minimize(decay)
            .startingAt(theta)
            .solvedBy(1, new Still())
            .outer(theta)
            .minimize(decay)
            .steppedBy(new Still());
    assertThat(almost.differentiatedBy(new Named(true)).inner().start()).isPresent();
    assertMessage(
        () -> almost.differentiatedBy(new Named(false)),
        "problem \"p\": the outer variables act on the inner solution by the starting point alone,"
            + " which the estimator does not differentiate.",
        "  inner variables  [x]",
        "  outer variables  [x]",
        "  hypergradient    implicit",
        "Maybe near(theta, 1 / rate) is missing, or Unrolled.exact() was meant.");
  }

  @Test
  void variableOnBothLevels() {
    assertMessage(
        () -> problem(phi, fit, Variables.of(w, x), validation),
        "problem \"p\": the variable \"w\" is on both levels.",
        "Maybe the inner level should have a copy: phi = theta.copy(\"inner\"),"
            + " startingAt(theta).");
  }

  @Test
  void noVariables() {
    assertMessage(
        () -> problem(Variables.none(), fit, theta, validation),
        "problem \"p\": the inner level has no variables.",
        "Maybe a condition on their names matched none.");
  }

  @Test
  void noInnerStep() {
    assertMessage(
        () -> Bilevel.problem("p").inner(phi).minimize(fit).solvedBy(0, new Still()),
        "solved by: the number of steps must be 1 or more, got 0.");
  }

  @Test
  void proximalWeight() {
    assertMessage(
        () -> Bilevel.problem("p").inner(phi).minimize(fit).near(phi.copy("c"), 0),
        "near: the weight of the proximal term must be positive, got 0.0.");
  }

  @Test
  void startOfOtherVariables() {
    assertMessage(
        () -> Bilevel.problem("p").inner(phi).minimize(fit).startingAt(theta),
        "vector: two vectors have different components.",
        "  left   [w]",
        "  right  [x]",
        "Maybe one of them belongs to other variables.");
  }

  @Test
  void updateOfAVariableOfTheProblem() {
    assertMessage(
        () -> problem(phi, fit, theta, validation).updating(List.of(new Update(x, w))),
        "problem \"p\": an update assigns \"x\", which the optimizer moves.",
        "Maybe it should not be among the variables of the problem.");
  }

  @Test
  void updateOfAVariableOfTheOnlyLevel() {
    SingleLevelProblem problem =
        SingleLevel.problem("s").over(phi).minimize(validation).steppedBy(new Still());
    assertMessage(
        () -> problem.updating(List.of(new Update(w, x))),
        "problem \"s\": an update assigns \"w\", which the optimizer moves.",
        "Maybe it should not be among the variables of the problem.");
  }

  @Test
  void updateOfAnotherShape() {
    assertMessage(
        () -> new Update(x, w.sum()),
        "update: the shapes of variable and value differ.",
        "  variable  x           [2]",
        "  value     reshape(…)  []",
        "Maybe a reduction or reshape is missing.");
  }

  @Test
  void updateOfAnExpression() {
    assertMessage(
        () -> new Update(x.exp(), w),
        "update: the target is not a variable.",
        "  target  exp(x)  [2]",
        "Maybe Expr.variable(...) was meant.");
  }

  @Test
  void stepThatAssignsTwice() {
    Step step = Step.named("s").updating(x, w);
    assertMessage(
        () -> step.updating(x, w.exp()),
        "step \"s\": the variable \"x\" is assigned twice.",
        "Maybe two parts of the problem keep their state under the same variable.");
  }

  @Test
  void stepWithTwoOutputsOfOneName() {
    Step step = Step.named("s").output("total", w.sum());
    assertMessage(
        () -> step.output("total", x.sum()),
        "step \"s\": two outputs are named \"total\".",
        "Maybe a term has the name of something that the solver reports.");
  }

  @Test
  void singleLevel() {
    assertMessage(
        () ->
            SingleLevel.problem("s")
                .over(Variables.of(w, x))
                .minimize(validation)
                .steppedBy(new Still()),
        "problem \"s\": the objective does not reach the variable \"x\".",
        "  variable  x  [2]",
        "Maybe it should not be among the variables of this level.");
    assertThat(
            SingleLevel.problem("s")
                .over(phi)
                .minimize(validation)
                .steppedBy(new Still())
                .toString())
        .isEqualToNormalizingNewlines(
            """
            s: minimization
              over           1 variable, 2 parameters
              objective      + validation
              stepped by     no optimizer
            """);
  }
}
