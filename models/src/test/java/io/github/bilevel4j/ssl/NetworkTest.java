package io.github.bilevel4j.ssl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Expressions are interned: equal computations are the same object. */
class NetworkTest {
  private final Encoder encoder = SmallConvNet.init(Scope.seed(1));
  private final Expr images = Expr.input("images", 4, 16, 16, 3);

  private static Set<Expr> moved(Pass pass) {
    return pass.updates().stream().map(Update::variable).collect(Collectors.toSet());
  }

  @Test
  void theWholeEncoderComputesItsFeatures() {
    Pass pass = Pass.training();
    Expr features = Network.of(encoder, pass).features(images);
    assertThat(features).isSameAs(encoder.apply(images, Pass.batchStatistics()));
    assertThat(moved(pass)).hasSameElementsAs(encoder.state().leaves().values());
  }

  @Test
  void runningStatisticsMoveOnceForEachView() {
    Pass once = Pass.training();
    Pass twice = Pass.training();
    Network network = Network.of(encoder, twice);
    encoder.apply(images, once);
    network.maps(images);
    network.features(images);
    network.features(images);
    assertThat(twice.updates()).isEqualTo(once.updates());
  }

  @Test
  void frozenStagesAreEvaluatedAndTheirStatisticsStay() {
    Pass pass = Pass.training();
    Network network = Network.frozenUpTo("layer1", encoder, pass);
    Expr early = encoder.early("layer1").apply(images, Pass.evaluation());
    assertThat(network.features(images))
        .isSameAs(encoder.last("layer1").apply(early, Pass.batchStatistics()));
    assertThat(network.earlyFeatures()).isEqualTo(List.of(early));
    assertThat(moved(pass)).hasSameElementsAs(encoder.last("layer1").state().leaves().values());
  }

  @Test
  void targetsLeaveStatisticsAsTheyAre() {
    Pass pass = Pass.training();
    Variables other = encoder.parameters().copy("other");
    Expr target = Network.of(encoder, pass).target(other.vector()).features(images);
    assertThat(target).isSameAs(encoder.with(other.vector()).apply(images, Pass.batchStatistics()));
    assertThat(pass.updates()).isEmpty();
  }

  @Test
  void otherValuesOfSomeParameters() {
    Variables phi = encoder.last("layer1").parameters().copy("phi");
    Network network =
        Network.frozenUpTo("layer1", encoder, Pass.batchStatistics()).with(phi.vector());
    Expr early = encoder.early("layer1").apply(images, Pass.evaluation());
    assertThat(network.features(images))
        .isSameAs(encoder.last("layer1").with(phi.vector()).apply(early, Pass.batchStatistics()));
    assertThat(network.vector().get("layer2/conv/weight")).isSameAs(phi.get("layer2/conv/weight"));
    assertThat(network.vector().get("stem/conv/weight"))
        .isSameAs(encoder.parameters().get("stem/conv/weight"));
  }
}
