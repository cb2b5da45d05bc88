package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.source.DeclaredLosses;
import io.github.bilevel4j.examples.source.Instances;
import io.github.bilevel4j.examples.source.SourceFile;
import io.github.bilevel4j.inspect.Inspector;
import io.github.bilevel4j.inspect.LossReport;
import io.github.bilevel4j.laws.LossFunction;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Inspects the losses of a source file or class. */
@Command(
    name = "check",
    description = {
      "Inspects losses: shapes, derivatives, laws with counterexamples, numerics, cost.",
      "Losses are static methods Expr -> Expr and (Expr, Expr) -> Expr, and classes that claim"
          + " laws (marked *). Ends with status 1 if there are defects."
    })
final class CheckCommand extends PrintingCommand {
  private static final int DEFECTS = 1;

  @Parameters(paramLabel = "FILE.java|CLASS", description = "where the losses are")
  String where;

  @Option(names = "--seed", description = "decides every draw (default: ${DEFAULT-VALUE})")
  long seed = 1;

  @Override
  public Integer call() {
    boolean defects = false;
    for (DeclaredLosses.Declared loss : DeclaredLosses.in(where, classes())) {
      try (LossFunction function = loss.function()) {
        LossReport report = Inspector.seed(seed).inspect(loss.name(), function, loss.claimed());
        print(report);
        defects |= !report.defects().isEmpty();
      }
    }
    return defects ? DEFECTS : 0;
  }

  private List<Class<?>> classes() {
    return SourceFile.isNamedBy(where)
        ? SourceFile.load(Path.of(where)).classes()
        : List.of(Instances.named(where));
  }
}
