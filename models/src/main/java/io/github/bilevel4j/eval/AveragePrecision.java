package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.data.BoundingBox;
import io.github.bilevel4j.data.LabeledBox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How well boxes find objects: the area under the curve of precision over recall, the precision at
 * a recall being the largest at this recall or a larger one, summed over all points at which recall
 * changes, as PASCAL VOC does since 2010 (Everingham et al., "The PASCAL visual object classes
 * challenge", 2015).
 *
 * <p>Detections are taken in the order of their scores. Each belongs to the object of its class
 * with which it overlaps most; it is right if they overlap by at least the threshold and nothing
 * else has found that object before. What belongs to a difficult object counts neither way.
 */
public final class AveragePrecision {
  private AveragePrecision() {}

  /**
   * A box where an object is said to be.
   *
   * @param picture in which
   * @param label of which class
   * @param score how surely; only the order counts
   */
  public record Detection(int picture, int label, double score, BoundingBox box) {}

  /**
   * The average precision of a class, in per cent; none if no object of it counts.
   *
   * @param objects of each picture
   * @param threshold the least overlap, area of the intersection over area of the union
   * @throws IllegalArgumentException if the threshold is not in (0, 1]
   */
  public static OptionalDouble of(
      List<Detection> detections,
      List<ImmutableList<LabeledBox>> objects,
      int label,
      double threshold) {
    Require.in("average precision").positive("threshold", threshold);
    long count =
        objects.stream()
            .flatMap(List::stream)
            .filter(each -> each.label() == label && !each.isDifficult())
            .count();
    if (count == 0) {
      return OptionalDouble.empty();
    }
    List<boolean[]> isFound = new ArrayList<>();
    objects.forEach(each -> isFound.add(new boolean[each.size()]));
    List<Detection> ordered =
        detections.stream()
            .filter(each -> each.label() == label)
            .sorted(Comparator.comparingDouble((Detection each) -> -each.score()))
            .toList();
    List<Boolean> right = new ArrayList<>();
    for (Detection each : ordered) {
      ImmutableList<LabeledBox> there = objects.get(each.picture());
      int nearest = nearest(each, there);
      boolean isHit = nearest >= 0 && each.box().overlap(there.get(nearest).box()) >= threshold;
      if (isHit && there.get(nearest).isDifficult()) {
        continue;
      }
      boolean[] found = isFound.get(each.picture());
      right.add(isHit && !found[nearest]);
      if (isHit) {
        found[nearest] = true;
      }
    }
    return OptionalDouble.of(100 * area(right, count));
  }

  /** The object of the detection's class with which it overlaps most, or -1. */
  private static int nearest(Detection detection, ImmutableList<LabeledBox> objects) {
    int nearest = -1;
    double most = 0;
    for (int i = 0; i < objects.size(); i++) {
      double overlap = detection.box().overlap(objects.get(i).box());
      if (objects.get(i).label() == detection.label() && overlap > most) {
        most = overlap;
        nearest = i;
      }
    }
    return nearest;
  }

  private static double area(List<Boolean> right, long count) {
    double[] precision = new double[right.size()];
    int hits = 0;
    for (int i = 0; i < right.size(); i++) {
      hits += right.get(i) ? 1 : 0;
      precision[i] = (double) hits / (i + 1);
    }
    double area = 0;
    double best = 0;
    for (int i = right.size() - 1; i >= 0; i--) {
      best = Math.max(best, precision[i]);
      area += right.get(i) ? best / count : 0;
    }
    return area;
  }
}
