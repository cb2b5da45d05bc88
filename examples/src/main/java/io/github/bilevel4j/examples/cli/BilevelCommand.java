package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.bilevel.LogisticRegression;
import io.github.bilevel4j.examples.bilevel.LossWeights;
import io.github.bilevel4j.examples.bilevel.QuadraticProblem;
import io.github.bilevel4j.examples.bilevel.RidgeRegression;
import io.github.bilevel4j.examples.bilevel.SolvedProblem;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bilevel NAME}: generic problems with known answers. */
@Command(
    name = "bilevel",
    description = "Solves a bi-level problem with a known answer, in float64.",
    mixinStandardHelpOptions = true,
    subcommands = {CleaningCommand.class, ImamlCommand.class, UmmWeightsCommand.class})
final class BilevelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Without a name: lists the problems. */
  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("Problems with known answers:");
    new TreeMap<>(spec.subcommands())
        .forEach(
            (name, command) ->
                out.printf(
                    Locale.ROOT,
                    "  %-12s %s%n",
                    name,
                    command.getCommandSpec().usageMessage().description()[0]));
    out.println("Run one with: " + spec.qualifiedName() + " NAME");
    out.flush();
    return 0;
  }

  @Command(
      description = "learns one ridge penalty per feature on validation data",
      mixinStandardHelpOptions = true)
  int ridge(@Mixin BilevelOptions options, @Mixin CompareOption compare) {
    return solve(RidgeRegression.drawn(options.seed()), options, compare);
  }

  @Command(
      description = "learns one penalty per feature of a logistic regression",
      mixinStandardHelpOptions = true)
  int logistic(@Mixin BilevelOptions options, @Mixin CompareOption compare) {
    return solve(LogisticRegression.penaltyEach(options.seed()), options, compare);
  }

  @Command(
      name = "logistic-l2",
      description = "learns one penalty for all features of a logistic regression",
      mixinStandardHelpOptions = true)
  int logisticL2(@Mixin BilevelOptions options, @Mixin CompareOption compare) {
    return solve(LogisticRegression.penaltyForAll(options.seed()), options, compare);
  }

  @Command(
      description = "learns the weights of a loss with four terms, one over the noise's variance",
      mixinStandardHelpOptions = true)
  int weights(@Mixin BilevelOptions options, @Mixin CompareOption compare) {
    return solve(LossWeights.drawn(options.seed()), options, compare);
  }

  @Command(
      description = "two random strongly convex quadratics; the optimum is known",
      mixinStandardHelpOptions = true)
  int quadratic(@Mixin BilevelOptions options, @Mixin CompareOption compare) {
    return solve(QuadraticProblem.drawn(options.seed()), options, compare);
  }

  private int solve(SolvedProblem example, BilevelOptions options, CompareOption compare) {
    PrintWriter out = spec.commandLine().getOut();
    SolvedReport report = new SolvedReport(example, options, out);
    if (compare.chosen) {
      report.compare();
    } else {
      report.solve();
    }
    return 0;
  }
}
