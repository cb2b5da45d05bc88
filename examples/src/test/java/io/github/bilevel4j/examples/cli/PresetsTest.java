package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.cli.PresetTable.Row;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Preset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every number of every recipe is the one of {@code presets.csv}, where its source is. Each setting
 * needs exactly one row, and each row a setting.
 */
class PresetsTest {
  private static final PresetTable TABLE = PresetTable.read();
  private static final double TOLERANCE = 1e-12;

  static Stream<Arguments> recipes() {
    return Stream.of(Preset.values())
        .flatMap(
            preset -> Stream.of(BuiltInMethod.values()).map(kind -> Arguments.of(preset, kind)));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyNumberIsTheOneOfItsSource(Preset preset, BuiltInMethod kind) {
    MethodContext context = context(preset, kind, TABLE.run("batch", preset, kind));
    RecipeSettings settings = RecipeSettings.of(context, kind.recipe(context));
    List<Row> unused = new ArrayList<>(TABLE.settings(preset, kind));
    List<String> differences = new ArrayList<>();
    Map<String, Row> curves = new LinkedHashMap<>();
    for (String path : Sets.union(settings.texts().keySet(), settings.curves().keySet())) {
      List<Row> rows =
          TABLE.settings(preset, kind).stream().filter(row -> row.matches(path)).toList();
      unused.removeAll(rows);
      if (rows.size() != 1) {
        differences.add(path + " has " + rows.size() + " rows in the table " + rows);
      } else if (settings.curves().containsKey(path)) {
        curves.put(path, rows.get(0));
      } else if (!isSame(settings.texts().get(path), rows.get(0).value())) {
        differences.add(path + " is " + settings.texts().get(path) + ", " + rows.get(0));
      }
    }
    differences.addAll(differences(context, settings.curves(), curves));
    unused.forEach(row -> differences.add("no setting for " + row));
    assertThat(differences).isEmpty();
  }

  /** The first difference of each curve. */
  private static List<String> differences(
      MethodContext context, Map<String, Expr> curves, Map<String, Row> rows) {
    Map<String, String> differences = new LinkedHashMap<>();
    int epoch = context.perEpoch();
    int steps = context.epochs() * epoch;
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Program program = engine.compile(Step.named("curves").outputs(curves));
      for (int step : PublishedCurve.samples(epoch, steps)) {
        engine.write(context.step(), Array.scalar(step));
        Results values = program.run();
        rows.forEach(
            (path, row) -> {
              double value = values.scalar(path);
              double published = new PublishedCurve(row.value(), epoch, steps).at(step);
              if (!isNear(value, published)) {
                differences.putIfAbsent(
                    path,
                    path + " is " + value + " in step " + step + ", not " + published + ", " + row);
              }
            });
      }
    }
    return List.copyOf(differences.values());
  }

  /** The highest rates of runs with twice the batch. */
  @ParameterizedTest
  @MethodSource("recipes")
  void ratesFollowTheBatch(Preset preset, BuiltInMethod kind) {
    int batch = TABLE.run("batch", preset, kind);
    Map<String, Double> rates = highest(context(preset, kind, batch), kind);
    Map<String, Double> doubled = highest(context(preset, kind, 2 * batch), kind);
    rates.remove("optimizer.groups.2.optimizer.rate.schedule");
    int factor = TABLE.run("rateOfDoubledBatch", preset, kind);
    assertThat(rates).isNotEmpty();
    rates.forEach(
        (path, rate) ->
            assertThat(doubled.get(path) / rate).as(path).isCloseTo(factor, within(TOLERANCE)));
  }

  private static Map<String, Double> highest(MethodContext context, BuiltInMethod kind) {
    Map<String, Expr> rates = new LinkedHashMap<>();
    RecipeSettings.of(context, kind.recipe(context))
        .curves()
        .forEach(
            (path, curve) -> {
              if (path.startsWith("optimizer.")) {
                rates.put(path, curve);
              }
            });
    Map<String, Double> highest = new LinkedHashMap<>();
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Program program = engine.compile(Step.named("rates").outputs(rates));
      for (int step :
          PublishedCurve.samples(context.perEpoch(), context.epochs() * context.perEpoch())) {
        engine.write(context.step(), Array.scalar(step));
        Results values = program.run();
        rates.keySet().forEach(path -> highest.merge(path, values.scalar(path), Math::max));
      }
    }
    return highest;
  }

  /** Epochs and batches that are told to the user are those of the table. */
  @Test
  void descriptionsNameTheEpochsAndBatches() {
    assertThat(Preset.SOLO.description())
        .contains(run(Preset.SOLO, BuiltInMethod.SIMCLR, "%s epochs, batch %s"))
        .contains(run(Preset.SOLO, BuiltInMethod.SDCLR, "sdclr, bcl-i: %s, %s"))
        .contains(run(Preset.SOLO, BuiltInMethod.BCL_I, "sdclr, bcl-i: %s, %s"))
        .contains(run(Preset.SOLO, BuiltInMethod.CORINFOMAX, "corinfomax: %2$s"));
    assertThat(Preset.HTDT.description())
        .contains(run(Preset.HTDT, BuiltInMethod.BYOL, "%s epochs, batch %s"))
        .contains(run(Preset.HTDT, BuiltInMethod.WMSE4, "wmse4: %2$s"));
  }

  private static String run(Preset preset, BuiltInMethod kind, String form) {
    return String.format(form, TABLE.run("epochs", preset, kind), TABLE.run("batch", preset, kind));
  }

  /** With 512 features, and 4 x 4 places in the last maps of images of 32 x 32 pixels. */
  private static MethodContext context(Preset preset, BuiltInMethod kind, int batch) {
    int images = TABLE.run("images", preset, kind);
    Scope scope = Scope.seed(1);
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put(
        "stem", Conv.between(3, 4).kernel(8).stride(8).bias(false).init(scope.child("stem")));
    stages.put("layer1", Conv.between(4, 512).kernel(1).bias(false).init(scope.child("layer1")));
    stages.put("pool", new GlobalAveragePool());
    return new MethodContext(
        preset,
        Encoder.of(stages),
        512,
        scope,
        32,
        images,
        batch,
        images / batch,
        TABLE.run("epochs", preset, kind),
        Expr.variable("step", Array.scalar(0)));
  }

  private static boolean isSame(String value, String published) {
    if (value.equals(published)) {
      return true;
    }
    try {
      return isNear(Double.parseDouble(value), number(published));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static boolean isNear(double value, double published) {
    return Math.abs(value - published) <= TOLERANCE * Math.max(1e-3, Math.abs(published));
  }

  /** A number, or a fraction as {@code 3/4}. */
  static double number(String text) {
    double[] parts =
        Splitter.on('/').splitToStream(text).mapToDouble(Double::parseDouble).toArray();
    return Arrays.stream(parts).skip(1).reduce(parts[0], (x, y) -> x / y);
  }
}
