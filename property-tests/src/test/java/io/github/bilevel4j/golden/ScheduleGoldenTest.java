package io.github.bilevel4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/** Schedules of published programs, step by step. */
class ScheduleGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "schedules";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Expr step = Expr.input("step");
    Program program =
        engine.compile(Step.named("schedule").output("value", schedule(golden).at(step)));
    int steps = golden.expected().get("values_per_step").size();
    if (golden.hasParameter("first")) {
      assertThat(steps).isEqualTo(golden.integer("first"));
    }
    computed.put(
        "values_per_step",
        Array.fill(
            Shape.of(steps), t -> program.run(Feed.of(step, Array.scalar(t))).scalar("value")));
  }

  private static Schedule schedule(GoldenCase golden) {
    return switch (golden.text("kind")) {
      case "linear_warmup_cosine_solo" ->
          inclusive(
                  golden.number("warmup_start_lr"),
                  golden.number("base_lr"),
                  golden.integer("warmup_steps"))
              .then(
                  golden.integer("warmup_steps"),
                  Schedule.cosine(
                      golden.number("base_lr"),
                      golden.number("min_lr"),
                      golden.integer("total_steps") - golden.integer("warmup_steps")));
      case "barlow" ->
          warmedUp(
                  golden.number("batch_size") / 256,
                  golden.number("batch_size") / 256 * 0.001,
                  epochs(golden, "warmup_epochs"),
                  epochs(golden, "epochs"))
              .times(golden.number(rateOfTensors(golden)));
      case "vicregl" -> {
        double scaled = golden.number("base_lr") * golden.number("batch_size") / 256;
        yield warmedUp(
            scaled,
            scaled * golden.number("end_lr_ratio"),
            golden.integer("warmup_steps"),
            golden.integer("total_steps"));
      }
      case "dino_cosine" -> {
        int warmup = epochs(golden, "warmup_epochs");
        double base = golden.number("base");
        yield inclusive(golden.numberOrZero("start"), base, warmup)
            .then(
                warmup,
                Schedule.cosine(base, golden.number("final"), epochs(golden, "epochs") - warmup));
      }
      case "mec_lambda" -> {
        double inverse = golden.number("m") * golden.number("eps") / golden.number("d");
        golden.requires(
            "epochs",
            (double) golden.expected().get("values_per_step").size()
                / golden.integer("steps_per_epoch"));
        int warmup = epochs(golden, "warmup_epochs");
        double start = multipleOf(inverse, golden.text("start"));
        double base = multipleOf(inverse, golden.text("base"));
        yield inclusive(start, base, warmup).then(warmup, Schedule.constant(base));
      }
      case "sdclr" ->
          warmedUp(
              golden.number("lr_max"),
              golden.number("lr_min"),
              golden.integer("warmup_steps"),
              golden.integer("total_steps"));
      case "ressl" ->
          Schedule.warmupCosine(
              golden.number("base_lr"), epochs(golden, "warmup_epochs"), epochs(golden, "epochs"));
      case "byol_tau" -> Schedule.cosine(golden.number("base"), 1, golden.integer("total_steps"));
      case "byol_lr" ->
          Schedule.warmupCosine(
              golden.number("base") * golden.number("batch_size") / 256,
              golden.integer("warmup_steps"),
              golden.integer("total_steps"));
      case "umm_repo" -> {
        requireNoStepDecay(golden);
        double value = golden.number("init_lr");
        int warmup = golden.integer("warm_up_epoch");
        int epochs = golden.integer("max_epochs");
        // The last epoch of the rise is the first one of the fall.
        yield inclusive(value / warmup, value, warmup)
            .then(warmup - 1, Schedule.cosine(value, golden.number("eta_min"), epochs - warmup));
      }
      case "exponential" ->
          Schedule.exponential(
              golden.number("lr_start"), golden.number("lr_end"), golden.integer("epochs"));
      default -> throw new IllegalArgumentException("unknown kind " + golden.text("kind"));
    };
  }

  private static void requireNoStepDecay(GoldenCase golden) {
    if (golden.integers("step_epochs").length > 0 || golden.number("step_scale") != 1) {
      throw new IllegalArgumentException("a decay by steps beside the cosine is not computed");
    }
  }

  /** A rise from zero, exclusive of its end, then half a cosine wave to another value. */
  private static Schedule warmedUp(double value, double end, int warmup, int steps) {
    Schedule fall = Schedule.cosine(value, end, steps - warmup);
    return warmup == 0 ? fall : Schedule.linear(0, value, warmup).then(warmup, fall);
  }

  /** So many equally spaced values with both ends among them. */
  private static Schedule inclusive(double from, double to, int steps) {
    return steps < 2 ? Schedule.constant(from) : Schedule.linear(from, to, steps - 1);
  }

  private static int epochs(GoldenCase golden, String parameter) {
    return golden.integer(parameter) * golden.integer("steps_per_epoch");
  }

  private static String rateOfTensors(GoldenCase golden) {
    return golden.hasParameter("lr_biases") ? "lr_biases" : "lr_weights";
  }

  /** The value of {@code k/lambda}, given the inverse of lambda, or of a plain number. */
  private static double multipleOf(double inverse, String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? Double.parseDouble(text)
        : Double.parseDouble(text.substring(0, slash)) * inverse;
  }
}
