package io.github.bilevel4j.solver.step.internal;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.List;

/** How far a vector on the device moves: it is kept once, and its later values are compared. */
public final class VectorChange {
  private static final String NORM = "norm";
  private static final String DISTANCE = "distance";

  private final Variables kept;
  private final Program keep;
  private final Program compare;

  /**
   * A comparison.
   *
   * @param vector whose changes are measured
   * @param others what else is assigned then
   */
  public VectorChange(String name, Vector vector, List<Update> others, Engine engine) {
    kept = Variables.zerosLike(name + "/kept", vector);
    keep =
        engine.compile(
            Step.named(name + "/keep").updating(Update.of(kept, vector)).updating(others));
    compare =
        engine.compile(
            Step.named(name + "/compare")
                .output(NORM, vector.norm())
                .output(DISTANCE, vector.minus(kept.vector()).norm()));
  }

  /** A comparison of a vector, with which nothing else is assigned. */
  public VectorChange(String name, Vector vector, Engine engine) {
    this(name, vector, ImmutableList.of(), engine);
  }

  /** The vector kept last. */
  public Variables kept() {
    return kept;
  }

  /** Keeps the present vector. */
  public void keep(Feed feed) {
    keep.run(feed.limitedTo(keep));
  }

  /** The present vector's norm and its distance from the one kept last. */
  public RelativeChange since(Feed feed) {
    Results results = compare.run(feed.limitedTo(compare));
    return new RelativeChange(results.scalar(NORM), results.scalar(DISTANCE));
  }

  /** Norm and distance. */
  public record RelativeChange(double norm, double distance) {
    /** The distance relative to the present norm; one if the vector has moved to zero. */
    public double relative() {
      return distance == 0 ? 0 : norm == 0 ? 1 : distance / norm;
    }
  }
}
