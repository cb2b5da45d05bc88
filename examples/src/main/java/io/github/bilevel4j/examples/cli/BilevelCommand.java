package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.bilevel.LogisticRegression;
import io.github.bilevel4j.examples.bilevel.LossWeights;
import io.github.bilevel4j.examples.bilevel.QuadraticProblem;
import io.github.bilevel4j.examples.bilevel.RidgeRegression;
import io.github.bilevel4j.examples.bilevel.SolvedProblem;
import java.util.TreeMap;
import java.util.function.LongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bilevel NAME}: generic problems with known answers. */
@Command(
    name = "bilevel",
    description = "Solves a bi-level problem with a known answer, in float64.",
    subcommands = {CleaningCommand.class, ImamlCommand.class, UmmWeightsCommand.class})
final class BilevelCommand extends PrintingCommand {
  /** What the problems share whose solution is known. */
  static final class SolvedOptions {
    @Mixin BilevelOptions all = new BilevelOptions();

    @Option(
        names = "--compare",
        description =
            "instead of solving, compare all estimators (or those of --estimator) with the exact"
                + " hypergradient; --plot draws error against time")
    boolean compare;
  }

  /** Without a name: lists the problems. */
  @Override
  public Integer call() {
    print("Problems with known answers:");
    new TreeMap<>(spec.subcommands())
        .forEach(
            (name, command) ->
                print(
                    "  %-12s %s", name, command.getCommandSpec().usageMessage().description()[0]));
    print("Run one with: " + spec.qualifiedName() + " NAME");
    return 0;
  }

  @Command(
      description = "learns one ridge penalty per feature on validation data",
      mixinStandardHelpOptions = true)
  int ridge(@Mixin SolvedOptions options) {
    return solve(RidgeRegression::drawn, options);
  }

  @Command(
      description = "learns one penalty per feature of a logistic regression",
      mixinStandardHelpOptions = true)
  int logistic(@Mixin SolvedOptions options) {
    return solve(LogisticRegression::penaltyEach, options);
  }

  @Command(
      name = "logistic-l2",
      description = "learns one penalty for all features of a logistic regression",
      mixinStandardHelpOptions = true)
  int logisticL2(@Mixin SolvedOptions options) {
    return solve(LogisticRegression::penaltyForAll, options);
  }

  @Command(
      description = "learns the weights of a loss with four terms, one over the noise's variance",
      mixinStandardHelpOptions = true)
  int weights(@Mixin SolvedOptions options) {
    return solve(LossWeights::drawn, options);
  }

  @Command(
      description = "two random strongly convex quadratics; the optimum is known",
      mixinStandardHelpOptions = true)
  int quadratic(@Mixin SolvedOptions options) {
    return solve(QuadraticProblem::drawn, options);
  }

  private int solve(LongFunction<SolvedProblem> drawn, SolvedOptions options) {
    SolvedReport report = new SolvedReport(drawn.apply(options.all.seed), options.all, this);
    return options.compare ? report.compare() : report.solve();
  }
}
