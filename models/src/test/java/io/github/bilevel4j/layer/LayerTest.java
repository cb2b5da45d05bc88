package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class LayerTest {
  private final Layer layer = Dense.between(3, 3).init(Scope.seed(1).child("fc"));
  private final Variables phi = layer.parameters().copy("phi");
  private final Expr x = Expr.input("x", 5, 3);

  @Test
  void otherParametersDoNotReachIntoTheInput() {
    Expr once = layer.apply(x, Pass.evaluation());
    Expr twice = layer.with(phi.vector()).apply(once, Pass.evaluation());

    assertThat(twice.contains(once)).isTrue();
    assertThat(twice.contains(layer.parameters().get("fc/weight"))).isTrue();
    assertThat(twice.contains(phi.get("fc/weight"))).isTrue();
  }

  @Test
  void otherParametersReplaceTheLayersOwn() {
    Expr y = layer.with(phi.vector()).apply(x, Pass.evaluation());

    assertThat(y.contains(layer.parameters().get("fc/weight"))).isFalse();
    assertThat(y).isSameAs(layer.apply(phi.vector(), x, Pass.evaluation()));
    assertThat(layer.with(phi.vector()).vector()).isEqualTo(phi.vector());
    assertThat(layer.with(phi.vector()).parameters()).isEqualTo(layer.parameters());
  }

  @Test
  void itsOwnParametersGiveTheSameExpression() {
    assertThat(layer.with(layer.parameters().vector()).apply(x, Pass.evaluation()))
        .isSameAs(layer.apply(x, Pass.evaluation()));
  }

  @Test
  void oneVectorMayHoldTheParametersOfSeveralLayers() {
    Layer next = Dense.between(3, 2).init(Scope.seed(1).child("next"));
    Variables joint = layer.parameters().and(next.parameters()).copy("joint");

    Expr apart =
        next.with(joint.vector())
            .apply(layer.with(joint.vector()).apply(x, Pass.evaluation()), Pass.evaluation());
    assertThat(layer.then(next).with(joint.vector()).apply(x, Pass.evaluation())).isSameAs(apart);
  }

  @Test
  void aChainKeepsTheParametersOfItsParts() {
    Layer next = Dense.between(3, 2).init(Scope.seed(1).child("next"));
    Layer chain = layer.with(phi.vector()).then(next);

    Expr y = chain.apply(x, Pass.evaluation());
    assertThat(y.contains(phi.get("fc/weight"))).isTrue();
    assertThat(y.contains(layer.parameters().get("fc/weight"))).isFalse();
    assertThat(y.contains(next.parameters().get("next/weight"))).isTrue();
  }

  @Test
  void aRuleAndItsVariablesAreALayer() {
    Expr scale =
        Scope.seed(1).variable("scale", Shape.of(3), io.github.bilevel4j.op.Initializer.ones());
    Layer scaled =
        Layer.of(Variables.of(scale), (values, input, pass) -> input.times(values.get("scale")));

    assertThat(scaled.apply(x, Pass.evaluation())).isSameAs(x.times(scale));
    assertThat(scaled.variables().names()).containsExactly("scale");
  }

  @Test
  void namesTheParametersWithoutValue() {
    Vector other = Vector.of(ImmutableMap.of("head/weight", Expr.input("w", 3, 3)));

    assertThatThrownBy(() -> layer.with(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            layer with other parameters: 2 of 2 have no value.
              missing  fc/weight, fc/bias
              given    head/weight
            Maybe the values belong to another layer.""");
  }

  @Test
  void refusesValuesOfAnotherShape() {
    Vector other =
        Vector.of(
            ImmutableMap.of("fc/weight", Expr.input("w", 3, 4), "fc/bias", Expr.input("b", 3)));

    assertThatThrownBy(() -> layer.with(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            layer with other parameters: a value has another shape than its parameter.
              parameter  fc/weight  [3, 3]
              value      w          [3, 4]
            Maybe the value belongs to another parameter.""");
  }

  @Test
  void aNameCanBeUsedOnce() {
    assertThatThrownBy(() -> layer.then(Dense.between(3, 3).init(Scope.seed(2).child("fc"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            variables: the name "fc/weight" is used twice.
            Maybe a layer was given the same name as another one.""");
  }
}
