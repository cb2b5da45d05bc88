package io.github.bilevel4j.losses;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.losses.contrastive.LearnedTemperatureRelic;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import io.github.bilevel4j.losses.distillation.SimSiamLoss;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.losses.kernel.InverseMultiquadric;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What losses of every kind refuse in the same words: too few images or views, other shapes. */
class BadBatchTest {
  private static final SslHsicLoss HSIC = SslHsicLoss.exact(InverseMultiquadric.scale(1));
  private static final RelicV2Loss RELIC = RelicV2Loss.temperature(0.2);
  private static final Expr PROTOTYPES = Expr.input("prototypes", 10, 8);

  /** A loss of two operands, and what these are called in its formula. */
  private record OfTwo(String name, String first, String second, BinaryOperator<Expr> loss) {
    /** A role as it stands in the table of a message. */
    String padded(String role) {
      return role + " ".repeat(Math.max(first.length(), second.length()) - role.length());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static OfTwo ofViews(String name, BinaryOperator<Expr> loss) {
    return new OfTwo(name, "z1", "z2", loss);
  }

  private static OfTwo ofBranches(
      String name, String symbol, BiFunction<List<Expr>, List<Expr>, Expr> loss) {
    return new OfTwo(
        name,
        symbol + "1",
        symbol + "2",
        (a, b) -> loss.apply(List.of(a, b), List.of(a.detached())));
  }

  static Stream<OfTwo> ofPairs() {
    RunningMoments moments = RunningMoments.variables("branch", 8);
    LearnedTemperatureRelic learned = LearnedTemperatureRelic.weight(1);
    return Stream.of(
        ofViews("NtXent", NtXent.temperature(0.5)::of),
        ofViews("NtXent", NtXent.temperature(0.5)::alignment),
        ofViews("NtXent", NtXent.temperature(0.5)::constraint),
        ofViews("NtXent", NtXent.temperature(0.5)::ofImages),
        ofViews("LmclLoss", LmclLoss.temperature(0.5)::of),
        ofViews("BarlowTwinsLoss", BarlowTwinsLoss.weight(0.005)::of),
        ofViews("VicRegLoss", VicRegLoss.weights(25, 25, 1)::of),
        ofViews("CorInfoMaxLoss", (a, b) -> CorInfoMaxLoss.weight(250).of(a, b, moments, moments)),
        new OfTwo(
            "LearnedTemperatureRelic", "x", "x'", (a, b) -> learned.of(a, b, Expr.constant(0))));
  }

  static Stream<OfTwo> ofAtLeastTwoImages() {
    return Stream.concat(
        ofPairs(),
        Stream.of(
            ofViews("SwavLoss", (a, b) -> SwavLoss.temperature(0.1).of(List.of(a, b), PROTOTYPES)),
            ofViews(
                "VicRegLLoss",
                (a, b) -> VicRegLLoss.weights(25, 25, 1).of(inPlaces(a), inPlaces(b))),
            ofBranches("RelicV2Loss", "o", RELIC::of),
            ofBranches("SslHsicLoss", "p", HSIC::of)));
  }

  static Stream<OfTwo> ofOneShape() {
    InfoNce infoNce = InfoNce.temperature(0.2);
    return Stream.concat(
        ofPairs(), Stream.of(new OfTwo("InfoNce", "queries", "keys", infoNce::alignment)));
  }

  private static LocatedView inPlaces(Expr z) {
    int n = z.shape().dim(0);
    return new LocatedView(z, Expr.input("map", n, 7, 7, 5), Expr.filled(0, Shape.of(n, 7, 7, 2)));
  }

  @ParameterizedTest
  @MethodSource("ofAtLeastTwoImages")
  void rejectOneImage(OfTwo two) {
    Expr one = Expr.input("one", 1, 8);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> two.loss().apply(one, one))
        .withMessage(
            """
            %s: needs two images or more, got 1.
              %s  one  [1, 8]
              %s  one  [1, 8]
            Maybe the last, incomplete batch of an epoch should be dropped.""",
            two.name(), two.padded(two.first()), two.padded(two.second()));
  }

  @ParameterizedTest
  @MethodSource("ofOneShape")
  void rejectOperandsOfDifferentShape(OfTwo two) {
    Expr left = Expr.input("left", 4, 8);
    Expr right = Expr.input("right", 4, 6);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> two.loss().apply(left, right))
        .withMessage(
            """
            %s: the views differ in shape.
              %s  left   [4, 8]
              %s  right  [4, 6]
            Maybe they come from different encoders or different batches.""",
            two.name(), two.padded(two.first()), two.padded(two.second()));
  }

  /** A loss of a list of views with what it is told besides, and the table in its message. */
  private record OfViews(String name, String table, Function<List<Expr>, Expr> loss) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static OfViews alone(String name, Function<List<Expr>, Expr> loss) {
    return new OfViews(name, "  z1  one  [4, 8]\n", loss);
  }

  private static OfViews withTarget(
      String name, String symbol, String target, BiFunction<List<Expr>, List<Expr>, Expr> loss) {
    String table = "  %s1  one  [4, 8]\n  %s1  one  [4, 8]\n".formatted(symbol, target);
    return new OfViews(name, table, views -> loss.apply(views, views));
  }

  static Stream<OfViews> ofAtLeastTwoViews() {
    InfoNce infoNce = InfoNce.temperature(0.2);
    RandomKey orders = RandomKey.fixed(1);
    return Stream.of(
        withTarget("SimSiamLoss", "p", "z", SimSiamLoss::of),
        withTarget("ByolLoss", "p", "z", ByolLoss::of),
        withTarget("MaximumEntropyCoding", "s", "t", MaximumEntropyCoding.inverseLambda(4)::of),
        withTarget("RelicV2Loss", "o", "t", RELIC::of),
        withTarget("SslHsicLoss", "p", "t", HSIC::of),
        withTarget("InfoNce", "q", "k", infoNce::alignment),
        alone("WMseLoss", views -> WMseLoss.subBatch(4).of(orders, views)),
        alone("SwavLoss", views -> SwavLoss.temperature(0.1).of(views, PROTOTYPES)),
        alone("VicRegLLoss", views -> VicRegLLoss.weights(25, 25, 1).of(inPlaces(views.get(0)))));
  }

  @ParameterizedTest
  @MethodSource("ofAtLeastTwoViews")
  void rejectOneView(OfViews all) {
    List<Expr> one = List.of(Expr.input("one", 4, 8));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> all.loss().apply(one))
        .withMessage(
            """
            %s: needs two views or more, got 1.
            %sMaybe the other view of the images was forgotten.""",
            all.name(), all.table());
  }
}
