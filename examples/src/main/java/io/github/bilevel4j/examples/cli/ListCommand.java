package io.github.bilevel4j.examples.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists what can be chosen by name. */
@Command(
    name = "list",
    description = "Lists the methods, encoders and estimators.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("methods");
    for (MethodKind method : MethodKind.values()) {
      line(out, method, method.description());
    }
    out.println("encoders");
    for (EncoderKind encoder : EncoderKind.values()) {
      line(out, encoder, encoder.features() + " features");
    }
    out.println("estimators");
    line(out, UmmOptions.EstimatorKind.EXACT, "unrolled through the inner steps (Eq. 8)");
    line(out, UmmOptions.EstimatorKind.CG, "implicit, conjugate gradient (Eq. 9, proximal)");
    line(out, UmmOptions.EstimatorKind.FIRST_ORDER, "without second derivatives (biased)");
    line(out, UmmOptions.EstimatorKind.FINITE_DIFFERENCE, "DARTS (biased)");
    return 0;
  }

  private static void line(PrintWriter out, Enum<?> name, String description) {
    out.printf(Locale.ROOT, "  %-18s %s%n", name.name().toLowerCase(Locale.ROOT), description);
  }
}
