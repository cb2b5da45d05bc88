package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.data.BoundingBox;
import io.github.bilevel4j.data.LabeledBox;
import io.github.bilevel4j.eval.AveragePrecision.Detection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers composed by hand. */
class AveragePrecisionTest {
  /** A column of the picture, a tenth wide. */
  private static BoundingBox column(double left) {
    return new BoundingBox(left, 0, left + 0.1, 1);
  }

  private static LabeledBox object(double left) {
    return new LabeledBox(column(left), 0, false);
  }

  private static Detection said(int picture, double score, double left) {
    return new Detection(picture, 0, score, column(left));
  }

  private static final ImmutableList<ImmutableList<LabeledBox>> THREE =
      ImmutableList.of(ImmutableList.of(object(0), object(0.5)), ImmutableList.of(object(0.2)));

  @Test
  void overlapIsIntersectionOverUnion() {
    assertThat(column(0).overlap(column(0.05))).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(column(0).overlap(column(0.5))).isZero();
    assertThat(column(0.3).overlap(column(0.3))).isCloseTo(1, within(1e-12));
  }

  /** Precisions 1, 1/2, 2/3, 1/2, 3/5 at recalls 1/3, 1/3, 2/3, 2/3, 1: (1 + 2/3 + 3/5) / 3. */
  @Test
  void areaUnderTheEnvelope() {
    List<Detection> detections =
        List.of(
            said(0, 0.5, 0.5),
            said(0, 0.9, 0.01),
            said(1, 0.8, 0.7),
            said(1, 0.7, 0.2),
            said(1, 0.6, 0.21));
    assertThat(AveragePrecision.of(detections, THREE, 0, 0.5).getAsDouble())
        .isCloseTo(100 * (1 + 2.0 / 3 + 3.0 / 5) / 3, within(1e-9));
  }

  /** Precisions 0, 1/2, 2/3, 3/4: the envelope is 3/4 everywhere. */
  @Test
  void laterPrecisionsCountForEarlierRecalls() {
    List<Detection> detections =
        List.of(said(0, 0.9, 0.8), said(0, 0.8, 0), said(0, 0.7, 0.5), said(1, 0.6, 0.2));
    assertThat(AveragePrecision.of(detections, THREE, 0, 0.5)).hasValue(75);
  }

  @Test
  void whatIsMissedCounts() {
    assertThat(AveragePrecision.of(List.of(said(1, 0.1, 0.2)), THREE, 0, 0.5).getAsDouble())
        .isCloseTo(100.0 / 3, within(1e-9));
    assertThat(AveragePrecision.of(List.of(), THREE, 0, 0.5)).hasValue(0);
    assertThat(AveragePrecision.of(List.of(), THREE, 1, 0.5)).isEmpty();
  }

  @Test
  void difficultObjectsCountNeitherWay() {
    ImmutableList<ImmutableList<LabeledBox>> objects =
        ImmutableList.of(ImmutableList.of(object(0), new LabeledBox(column(0.5), 0, true)));
    List<Detection> detections = List.of(said(0, 0.9, 0.5), said(0, 0.8, 0.51), said(0, 0.7, 0));
    assertThat(AveragePrecision.of(detections, objects, 0, 0.5)).hasValue(100);
  }
}
