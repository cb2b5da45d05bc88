package io.github.bilevel4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class ResultsTest {
  private final Results results =
      Results.of(ImmutableMap.of("loss", Array.scalar(2), "features", Array.vector(1, 2)));

  @Test
  void givesOutputsByName() {
    assertThat(results.scalar("loss")).isEqualTo(2);
    assertThat(results.get("features")).isEqualTo(Array.vector(1, 2));
    assertThat(results.all()).containsOnlyKeys("loss", "features");
  }

  @Test
  void listsTheNamesThatExist() {
    assertThatThrownBy(() -> results.get("los"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            results: there is no output named "los".
              outputs  loss, features
            Maybe one of these was meant, or the step lacks an output(...).""");
  }

  @Test
  void refusesToTakeAnArrayForAScalar() {
    assertThatThrownBy(() -> results.scalar("features"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            results: the output "features" is not a scalar.
              shape  [2]
            Maybe get("features") was meant.""");
  }
}
