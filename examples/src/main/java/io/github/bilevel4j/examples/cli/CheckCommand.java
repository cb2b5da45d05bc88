package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.source.DeclaredLosses;
import io.github.bilevel4j.examples.source.Instances;
import io.github.bilevel4j.examples.source.SourceFile;
import io.github.bilevel4j.inspect.Inspector;
import io.github.bilevel4j.inspect.LossReport;
import io.github.bilevel4j.laws.LossFunction;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Inspects the losses of a source file or class. */
@Command(
    name = "check",
    description = {
      "Inspects losses: shapes, derivatives, laws with counterexamples, numerics, cost.",
      "Losses are static methods Expr -> Expr and (Expr, Expr) -> Expr, and classes that claim"
          + " laws (marked *). Ends with status 1 if there are defects."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final int DEFECTS = 1;

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "FILE.java|CLASS", description = "where the losses are")
  String where;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "decides every draw (default: ${DEFAULT-VALUE})")
  long seed;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    boolean defects = false;
    for (DeclaredLosses.Declared loss : DeclaredLosses.in(where, classes())) {
      try (LossFunction function = loss.function()) {
        LossReport report = Inspector.seed(seed).inspect(loss.name(), function, loss.claimed());
        out.println(report);
        out.flush();
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
