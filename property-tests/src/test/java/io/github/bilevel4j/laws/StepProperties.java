package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A step assigns all its variables at once, from the values before it. */
class StepProperties {

  /** A step that permutes variables, run some times, is the power of the permutation. */
  @Property(seed = "70", tries = 20)
  void permutesItsVariables(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int count) {
    Draws draws = Draws.seed(seed);
    List<Integer> order = draws.order(count);
    ImmutableList<Array> starts =
        IntStream.range(0, count)
            .mapToObj(i -> draws.normal(50))
            .collect(ImmutableList.toImmutableList());
    List<Expr> variables = starts.stream().map(start -> Expr.variable("v", start)).toList();
    Step step = Step.named("permutation").output("first", variables.get(0));
    for (int i = 0; i < count; i++) {
      step = step.updating(variables.get(i), variables.get(order.get(i)));
    }
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Program program = engine.compile(step);
      List<Integer> expected = IntStream.range(0, count).boxed().toList();
      for (int run = 0; run < 5; run++) {
        Results results = program.run();
        assertThat(results.get("first")).isEqualTo(starts.get(expected.get(0)));
        List<Integer> before = expected;
        expected = order.stream().map(before::get).toList();
        for (int i = 0; i < count; i++) {
          assertThat(engine.read(variables.get(i))).isEqualTo(starts.get(expected.get(i)));
        }
      }
    }
  }
}
