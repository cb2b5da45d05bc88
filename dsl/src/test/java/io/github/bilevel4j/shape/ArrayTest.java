package io.github.bilevel4j.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.bilevel4j.check.UsageError;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArrayTest {
  private static final float[] SINGLE = {0.1f, -0f, Float.NaN, Float.POSITIVE_INFINITY};
  private static final double[] DOUBLE = {0.1f, -0.0, Double.NaN, Double.POSITIVE_INFINITY};

  /** An array in single precision is the one in double precision with these values. */
  @Test
  void inSinglePrecision() {
    Array single = Array.wrap(Shape.of(2, 2), SINGLE.clone());
    Array same = Array.of(Shape.of(2, 2), DOUBLE);
    assertThat(single).isEqualTo(same).hasSameHashCodeAs(same).hasToString(same.toString());
    assertThat(same).isEqualTo(single);
    assertThat(single).isEqualTo(Array.wrap(Shape.of(2, 2), SINGLE.clone()));
    assertThat(single.at(0)).isEqualTo(0.1f);
    assertThat(single.toDoubles()).containsExactly(DOUBLE);
    assertThat(single.reshape(4)).isEqualTo(same.reshape(4));
    for (int i = 0; i < 4; i++) {
      double[] other = DOUBLE.clone();
      other[i] = i == 0 ? 0.1 : 0;
      assertThat(single).isNotEqualTo(Array.of(Shape.of(2, 2), other));
      assertThat(Array.of(Shape.of(2, 2), other)).isNotEqualTo(single);
    }
    assertThat(single).isNotEqualTo(single.reshape(4));
  }

  @Test
  void toSinglePrecision() {
    assertThat(Array.vector(0.1, 1e39, 1e-46).toFloats())
        .containsExactly(0.1f, Float.POSITIVE_INFINITY, 0);
    Array single = Array.wrap(Shape.of(4), SINGLE.clone());
    single.toFloats()[0] = 7;
    assertThat(single.toFloats()).containsExactly(SINGLE);
    assertThat(Array.ofSamples(Shape.of(1, 2), new byte[][] {{51, -1}}).toFloats())
        .containsExactly(0.2f, 1);
  }

  @Test
  void ofAnotherSize() {
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Array.wrap(Shape.of(3), SINGLE))
        .withMessageContaining("4 values do not fill the shape [3]");
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Array.wrap(Shape.of(4), SINGLE).reshape(5))
        .withMessageContaining("4 values do not fill the shape [5]");
  }

  @Test
  void strided() {
    Array matrix = Array.matrix(new double[] {0, 1, 2}, new double[] {3, 4, 5});
    for (Array array : List.of(matrix, Array.wrap(matrix.shape(), matrix.toFloats()))) {
      assertThat(array.asStrided(Shape.of(2, 3), 3, 1)).isEqualTo(matrix);
      assertThat(array.asStrided(Shape.of(3, 2), 1, 3))
          .isEqualTo(Array.matrix(new double[] {0, 3}, new double[] {1, 4}, new double[] {2, 5}));
      assertThat(array.asStrided(Shape.of(2), 4)).isEqualTo(Array.vector(0, 4));
      assertThat(array.asStrided(Shape.of(2, 2, 2), 3, 0, 2))
          .isEqualTo(Array.of(Shape.of(2, 2, 2), 0, 2, 0, 2, 3, 5, 3, 5));
      assertThat(array.asStrided(Shape.scalar())).isEqualTo(Array.scalar(0));
      assertThat(array.asStrided(Shape.of(0, 9), 9, 9).size()).isZero();
    }
    assertThat(
            Array.ofSamples(Shape.of(2, 1), new byte[][] {{51}, {-1}})
                .asStrided(Shape.of(1, 2), 9, 1))
        .isEqualTo(Array.matrix(new double[] {0.2, 1}));
  }

  @Test
  void stridedBeyondTheLast() {
    Array vector = Array.vector(0, 1, 2, 3);
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> vector.asStrided(Shape.of(2, 2), 3, 1))
        .withMessageContaining("as strided: [2, 2] by strides [3, 1] is not within [4]");
    for (int[] strides : new int[][] {{1}, {1, 1, 1}, {-1, 1}, {Integer.MAX_VALUE, 1}}) {
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(() -> vector.asStrided(Shape.of(2, 2), strides));
    }
  }
}
