package io.github.bilevel4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.losses.redundancy.VicRegTerms;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** VICRegL of two and three views, its terms, and the locations of a map's places. */
class VicRegLGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "vicregl";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    VicRegLLoss vicRegL = vicRegL(golden);
    ImmutableMap.Builder<String, Expr> inputs = ImmutableMap.builder();
    LocatedView[] views =
        Stream.iterate(0, i -> golden.hasInput("g" + i), i -> i + 1)
            .map(i -> view(golden, i, inputs))
            .toArray(LocatedView[]::new);
    assertThat(golden.integers("grid_sizes"))
        .isEqualTo(Stream.of(views).mapToInt(view -> view.locations().shape().dim(1)).toArray());
    Expr loss = vicRegL.of(views);
    VicRegTerms global = vicRegL.global(views);
    VicRegTerms local = vicRegL.local(views);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, inputs.buildOrThrow())
        .put("extras/global_inv", global.invariance())
        .put("extras/global_var", global.variance())
        .put("extras/global_cov", global.covariance())
        .put("extras/local_inv", local.invariance())
        .put("extras/local_var", local.variance())
        .put("extras/local_cov", local.covariance());
  }

  private static VicRegLLoss vicRegL(GoldenCase golden) {
    int[] matches = golden.integers("num_matches");
    VicRegLLoss vicRegL =
        VicRegLLoss.weights(golden.number("inv"), golden.number("var"), golden.number("cov"))
            .share(golden.number("alpha"))
            .matches(matches[0], matches[1]);
    return golden.integer("l2_all_matches") == 1 ? vicRegL : vicRegL.bestFeatureMatches();
  }

  private static LocatedView view(
      GoldenCase golden, int number, ImmutableMap.Builder<String, Expr> inputs) {
    Expr embedding = golden.variable("g" + number);
    Expr map = golden.variable("m" + number);
    Expr locations = golden.constant("loc" + number);
    inputs.put("g" + number, embedding).put("m" + number, map);
    Shape places = locations.shape().withDim(-1, map.shape().dim(-1));
    return new LocatedView(embedding, map.reshape(places), locations);
  }

  /** The file's table of grids: one location of each place of a map. */
  @TestFactory
  Stream<DynamicTest> grids() {
    return GoldenTable.of(file(), "grids", "grid_NxNx2")
        .tests((row, engine, computed) -> computed.put("grid_NxNx2", grid(row)));
  }

  private static Expr grid(GoldenCase row) {
    int[] box = row.integers("location_i_j_h_w_H_W");
    int places = row.integer("N");
    Expr mirrored = Expr.constant(Array.vector(row.flag("flip") ? 1 : 0));
    return LocatedView.inBoxes(
            Expr.filled(0, Shape.of(1, 1)),
            Expr.filled(0, Shape.of(1, places, places, 1)),
            Expr.constant(Array.matrix(new double[] {box[0], box[1], box[2], box[3]})),
            mirrored)
        .locations();
  }
}
