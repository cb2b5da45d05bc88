package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.WeightsFile;
import io.github.bilevel4j.weights.WeightsImport;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists the arrays of a file. */
@Command(
    name = "inspect",
    description =
        "Lists the arrays of a file of weights: safetensors, or PyTorch's .pth, .pt and .ckpt. No"
            + " code in it is run.")
final class InspectCommand extends PrintingCommand {
  @Parameters(paramLabel = "FILE", description = "the weights")
  Path path;

  @Override
  public Integer call() {
    try (WeightsFile file = WeightsFile.open(path)) {
      Table table =
          Table.of("name", "shape", "type", "bytes", "min", "mean", "std", "max", "not finite");
      long values = 0;
      long bytes = 0;
      for (WeightsFile.Entry entry : file.entries()) {
        table = row(table, file, entry);
        values += entry.dims().stream().reduce(1L, (a, b) -> a * b);
        bytes += entry.bytes();
      }
      print("format     " + file.format());
      print("container  " + (file.container().isEmpty() ? "none" : file.container()));
      print("encoder    " + encoder(file));
      file.metadata().forEach((name, text) -> print("metadata   " + name + ": " + text));
      print(table);
      print("%,d arrays, %,d values, %,d bytes", file.entries().size(), values, bytes);
      return 0;
    }
  }

  private static String encoder(WeightsFile file) {
    try {
      return WeightsImport.summary(file);
    } catch (UsageError e) {
      return e.getMessage().lines().findFirst().orElse("").replaceFirst("^[^:]*: ", "");
    }
  }

  private static Table row(Table table, WeightsFile file, WeightsFile.Entry entry) {
    Optional<Array> array;
    try {
      array = Optional.of(file.read(entry.name()));
    } catch (UsageError notRead) {
      array = Optional.empty();
    }
    Statistics of = Statistics.of(array.orElse(Array.vector()));
    return table.row(
        entry.name().replaceAll("[\\p{Cntrl}|]", "?"),
        entry.dims().toString(),
        entry.type(),
        String.format(Locale.ROOT, "%,d", entry.bytes()),
        of.text(of.min),
        of.text(of.mean),
        of.text(of.deviation),
        of.text(of.max),
        array.isEmpty() ? "not read" : Long.toString(of.notFinite));
  }

  /** Of the finite values of an array. */
  private record Statistics(
      long count, double min, double mean, double deviation, double max, long notFinite) {
    static Statistics of(Array array) {
      double min = Double.POSITIVE_INFINITY;
      double max = Double.NEGATIVE_INFINITY;
      double sum = 0;
      long count = 0;
      for (int i = 0; i < array.size(); i++) {
        double value = array.at(i);
        if (Double.isFinite(value)) {
          min = Math.min(min, value);
          max = Math.max(max, value);
          sum += value;
          count++;
        }
      }
      double mean = sum / count;
      double squares = 0;
      for (int i = 0; i < array.size(); i++) {
        double value = array.at(i);
        squares += Double.isFinite(value) ? (value - mean) * (value - mean) : 0;
      }
      return new Statistics(
          count, min, mean, Math.sqrt(squares / count), max, array.size() - count);
    }

    String text(double value) {
      return count == 0 ? "-" : String.format(Locale.ROOT, "%.5g", value);
    }
  }
}
