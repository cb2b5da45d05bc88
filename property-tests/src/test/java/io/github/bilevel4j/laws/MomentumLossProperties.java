package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.longtail.MomentumLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The memory of losses over some batches. */
class MomentumLossProperties {
  private static final int IMAGES = 7;
  private static final int BATCH = 3;
  private static final double MOMENTUM = 0.8;

  /** The memory and its weights after batches of images and their losses. */
  private record Run(Array losses, Array weights) {
    static Run of(List<Array> indices, List<Array> losses) {
      MomentumLoss memory = MomentumLoss.of("memory", IMAGES, MOMENTUM);
      Expr images = Expr.input("images", BATCH);
      Expr ofImages = Expr.input("losses", BATCH);
      try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
        Program program =
            engine.compile(Step.named("batch").updating(memory.updates(images, ofImages)));
        for (int i = 0; i < indices.size(); i++) {
          program.run(Feed.of(images, indices.get(i)).and(ofImages, losses.get(i)));
        }
        engine.compile(Step.named("epoch").updating(memory.weightUpdates())).run();
        return new Run(engine.read(memory.losses()), engine.read(memory.weights()));
      }
    }
  }

  private static List<Array> indices(Draws draws, int batches) {
    List<Array> indices = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      List<Integer> order = draws.order(IMAGES);
      indices.add(Array.fill(Shape.of(BATCH), order::get));
    }
    return indices;
  }

  private static List<Array> losses(Draws draws, int batches) {
    return IntStream.range(0, batches).mapToObj(i -> draws.uniform(0.5, 3, BATCH)).toList();
  }

  /** Each remembered loss is the exponential average of the image's own, beginning at the first. */
  @Property(seed = "228", tries = 15)
  void remembersTheAverageOfEachImagesOwnLosses(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    List<Array> indices = indices(draws, 6);
    List<Array> losses = losses(draws, 6);
    double[] expected = new double[IMAGES];
    for (int batch = 0; batch < 6; batch++) {
      for (int i = 0; i < BATCH; i++) {
        int image = (int) indices.get(batch).at(i);
        double loss = losses.get(batch).at(i);
        expected[image] =
            expected[image] == 0 ? loss : MOMENTUM * expected[image] + (1 - MOMENTUM) * loss;
      }
    }
    assertClose(Run.of(indices, losses).losses(), Array.vector(expected));
  }

  /** What is remembered lies between the losses seen; weights are in [0, 1] and reach an end. */
  @Property(seed = "229", tries = 15)
  void isBounded(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Run run = Run.of(indices(draws, 8), losses(draws, 8));
    assertThat(DoubleStream.of(run.losses().toDoubles()).filter(loss -> loss != 0).boxed())
        .allSatisfy(loss -> assertThat(loss).isBetween(0.5, 3.0));
    double[] weights = run.weights().toDoubles();
    assertThat(DoubleStream.of(weights).boxed()).allSatisfy(w -> assertThat(w).isBetween(0.0, 1.0));
    assertThat(DoubleStream.of(weights).map(w -> Math.abs(w - 0.5)).max().orElse(0))
        .isCloseTo(0.5, within(1e-15));
  }

  /** An image that was not visited has the weight zero, and no influence on the others'. */
  @Property(seed = "232", tries = 10)
  void imagesThatWereNotVisitedDoNotCount(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    int last = draws.order(3).get(0) + 2;
    List<Array> indices = List.of(Array.vector(0, 1, last), Array.vector(last, 0, 1));
    Run run = Run.of(indices, losses(draws, 2));
    double mean = DoubleStream.of(run.losses().toDoubles()).sum() / 3;
    double largest =
        IntStream.of(0, 1, last)
            .mapToDouble(i -> Math.abs(run.losses().at(i) - mean))
            .max()
            .orElseThrow();
    for (int i = 0; i < IMAGES; i++) {
      boolean visited = i < 2 || i == last;
      double expected = visited ? 0.5 + (run.losses().at(i) - mean) / (2 * largest) : 0;
      assertThat(run.weights().at(i)).isCloseTo(expected, within(1e-12));
    }
  }

  /** Weights order images by their losses, and do not change with the unit of the losses. */
  @Property(seed = "230", tries = 15)
  void weightsFollowLosses(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    List<Array> indices = indices(draws, 8);
    List<Array> losses = losses(draws, 8);
    Run run = Run.of(indices, losses);
    Run scaled =
        Run.of(indices, losses.stream().map(l -> Array.fill(l.shape(), i -> 5 * l.at(i))).toList());
    assertClose(scaled.weights(), run.weights());
    int[] visited = IntStream.range(0, IMAGES).filter(i -> run.losses().at(i) != 0).toArray();
    for (int i : visited) {
      assertThat(Math.signum(run.weights().at(i) - run.weights().at(visited[0])))
          .isEqualTo(Math.signum(run.losses().at(i) - run.losses().at(visited[0])));
    }
  }

  @Property(seed = "231", tries = 5)
  void equalLossesHaveTheWeightOneHalf(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array same = Array.fill(Shape.of(BATCH), i -> 1.25);
    List<Array> all =
        List.of(
            Array.vector(0, 1, 2),
            Array.vector(3, 4, 5),
            Array.vector(6, 0, draws.order(5).get(0) + 1));
    assertThat(Run.of(all, List.of(same, same, same)).weights().toDoubles()).containsOnly(0.5);
  }
}
