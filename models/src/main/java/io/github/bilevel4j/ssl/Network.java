package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.ViewPair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The encoder as a method sees it for one batch. It may be at other values than its variables, and
 * its early stages may be frozen: the method need not know. What was computed once is kept, so that
 * running statistics are updated once for each view; make a new one for each step.
 *
 * <p>On several replicas ({@link Pass#across}) images are those of this process's part of a batch,
 * and features are gathered: what the method sees, heads included, is the whole batch.
 */
public final class Network {
  private static final Layer NOTHING = Layer.of(Variables.none(), (values, x, pass) -> x);

  private final Stages stages;
  private final Passes passes;
  private final Vector values;
  private final Map<Expr, Expr> early = new LinkedHashMap<>();
  private final Map<Expr, Expr> maps = new LinkedHashMap<>();
  private final Map<Expr, Expr> features = new LinkedHashMap<>();

  private Network(Stages stages, Passes passes, Vector values) {
    this.stages = stages;
    this.passes = passes;
    this.values = values;
  }

  /** The frozen stages, those after them, and the last one, which pools. */
  private record Stages(Layer early, Layer body, Layer pool) {
    Stages at(Vector values) {
      return new Stages(bound(early, values), bound(body, values), bound(pool, values));
    }
  }

  private record Passes(Pass early, Pass later, Pass heads) {
    int replicas() {
      return later.replicas();
    }
  }

  /** The whole encoder, heads in the same pass. */
  public static Network of(Encoder encoder, Pass pass) {
    return new Network(after(NOTHING, encoder), new Passes(pass, pass, pass.across(1)), none());
  }

  /** With the stages up to the given one frozen, and heads whose running statistics stay. */
  public static Network frozenUpTo(String stage, Encoder encoder, Pass later) {
    return new Network(
        after(encoder.early(stage), encoder.last(stage)),
        new Passes(Pass.evaluation(), later, Pass.batchStatistics()),
        none());
  }

  private static Stages after(Layer early, Encoder later) {
    if (later.stages().size() == 1) {
      return new Stages(early, NOTHING, later);
    }
    String last = later.stages().reverse().get(1);
    return new Stages(early, later.early(last), later.last(last));
  }

  private static Vector none() {
    return Variables.none().vector();
  }

  /**
   * The same network, heads as well, at other values of some of its parameters. Values of running
   * statistics take the place of the encoder's own.
   */
  public Network with(Vector others) {
    return new Network(stages.at(others), passes, joined(values, others));
  }

  /**
   * The same network at other values, and such that it leaves the running statistics as they are:
   * the one that gives targets.
   */
  public Network target(Vector others) {
    int replicas = passes.replicas();
    Pass unrecorded = Pass.batchStatistics();
    Pass first = passes.early.usesBatchStatistics() ? unrecorded : passes.early;
    return new Network(
        stages.at(others),
        new Passes(first.across(replicas), unrecorded.across(replicas), unrecorded),
        joined(values, others));
  }

  /** The features of places in images before they are pooled, {@code [n, h, w, features]}. */
  public Expr maps(Expr images) {
    return gathered(ownMaps(images));
  }

  /** The features of images, {@code [n, features]}. */
  public Expr features(Expr images) {
    return features.computeIfAbsent(
        images, x -> gathered(stages.pool.apply(ownMaps(x), passes.later)));
  }

  private Expr ownMaps(Expr images) {
    return maps.computeIfAbsent(images, x -> stages.body.apply(early(x), passes.later));
  }

  private Expr early(Expr images) {
    return early.computeIfAbsent(images, x -> stages.early.apply(x, passes.early));
  }

  /**
   * The rows of all replicas of what each has of its images, {@code [n, ...] -> [replicas n, ...]}.
   */
  public Expr gathered(Expr ownRows) {
    return ownRows.allGather(passes.replicas());
  }

  /** How many processes have a part of the batch each. */
  public int replicas() {
    return passes.replicas();
  }

  /** The features of each view, sent through a head. */
  public ImmutableList<Expr> embed(List<Expr> views, Layer head) {
    return apply(head, views.stream().map(this::features).toList());
  }

  /**
   * The features of the two views of a pair, sent through a head.
   *
   * @throws UsageError if there are not two
   */
  public ViewPair embedPair(List<Expr> views, Layer head) {
    if (views.size() != 2) {
      throw UsageError.in("loss of pairs")
          .because("an image should have two views, got %d", views.size())
          .maybe("Views.alike(augmentation) was meant.");
    }
    return new ViewPair(embed(views.get(0), head), embed(views.get(1), head));
  }

  /** The features of a view, sent through a head. */
  public Expr embed(Expr view, Layer head) {
    return apply(head, features(view));
  }

  /** A head's outputs. */
  public ImmutableList<Expr> apply(Layer head, List<Expr> inputs) {
    return inputs.stream().map(x -> apply(head, x)).collect(ImmutableList.toImmutableList());
  }

  /** A head's output. */
  public Expr apply(Layer head, Expr input) {
    return bound(head, values).apply(input, passes.heads);
  }

  /** The values of the encoder's parameters. */
  public Vector vector() {
    Vector later = joined(stages.body.vector(), stages.pool.vector());
    return joined(stages.early.vector(), later);
  }

  /**
   * The early features of all views that this network was applied to so far, in order; on several
   * replicas those of this one's images.
   */
  public ImmutableList<Expr> earlyFeatures() {
    return ImmutableList.copyOf(early.values());
  }

  private static Layer bound(Layer layer, Vector values) {
    return layer.with(joined(layer.vector(), values));
  }

  private static Vector joined(Vector some, Vector others) {
    Map<String, Expr> all = new LinkedHashMap<>(some.components());
    all.putAll(others.components());
    return Vector.of(all);
  }
}
