package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Evaluation;
import java.util.ArrayList;
import java.util.List;

/**
 * Random programs over all operations and primitives, well formed and not. Right is a {@link
 * io.github.bilevel4j.check.UsageError} or, in both precisions, the promised shape, the reference's
 * value of each node, and first and second derivatives that differences agree with.
 */
public final class Expressions implements Target {
  private final ImmutableList<Operation> operations;

  private Expressions(ImmutableList<Operation> operations) {
    this.operations = operations;
  }

  /** Over all operations. */
  public static Expressions all() {
    return new Expressions(Operation.ALL);
  }

  /** Over some operations. */
  static Expressions of(Operation... operations) {
    return new Expressions(ImmutableList.copyOf(operations));
  }

  @Override
  public String text(long seed) {
    return ExpressionCase.written(seed, operations).text();
  }

  @Override
  public List<Outcome> run(List<Long> seeds) {
    List<ExpressionCase> cases =
        seeds.stream().map(seed -> ExpressionCase.written(seed, operations)).toList();
    List<Outcome> outcomes = new ArrayList<>();
    for (ExpressionCase each : cases) {
      each.ended().ifPresent(outcomes::add);
    }
    for (Precision precision : Precision.values()) {
      outcomes.addAll(
          computed(
              precision,
              cases.stream()
                  .filter(each -> each.ended().isEmpty() && each.precision() == precision)
                  .toList()));
    }
    return outcomes;
  }

  private static List<Outcome> computed(Precision precision, List<ExpressionCase> cases) {
    if (cases.isEmpty()) {
      return List.of();
    }
    Results results;
    try (Engine engine = Evaluation.open(precision)) {
      Step step = Step.named("cases");
      Feed feed = Feed.none();
      for (ExpressionCase each : cases) {
        step = each.in(step);
        feed = each.feed().orElse(feed);
      }
      Program program = engine.compile(step);
      results = program.run(feed.limitedTo(program));
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      if (cases.size() == 1) {
        return List.of(cases.get(0).failed(e));
      }
      int half = cases.size() / 2;
      List<Outcome> outcomes = new ArrayList<>(computed(precision, cases.subList(0, half)));
      outcomes.addAll(computed(precision, cases.subList(half, cases.size())));
      return outcomes;
    }
    return cases.stream().map(each -> checked(each, results)).toList();
  }

  private static Outcome checked(ExpressionCase each, Results results) {
    try {
      return each.checked(results);
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      return each.failed(e);
    }
  }
}
