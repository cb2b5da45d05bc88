package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.problem.Objective;

/** A method whose loss is adapted; see {@link SslMethod#plus} and {@link SslMethod#weighted}. */
record RegularizedMethod(SslMethod method, Adaptation adaptation) implements SslMethod {

  /** What is made of a method's objective. */
  @FunctionalInterface
  interface Adaptation {
    Objective of(Objective objective, Network network, ImmutableList<Expr> views);
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    return adapted(method.loss(network, views), network, views);
  }

  @Override
  public ViewBatch views(Views views, Augmentation last, ImageBatch images, RandomKey key) {
    ViewBatch own = method.views(views, last, images, key);
    return new ViewBatch(
        this, own.views(), network -> adapted(own.loss(network), network, own.views()));
  }

  private SslLoss adapted(SslLoss loss, Network network, ImmutableList<Expr> views) {
    return new SslLoss(adaptation.of(loss.objective(), network, views), loss.updates());
  }

  @Override
  public String name() {
    return method.name();
  }

  @Override
  public Layer projector() {
    return method.projector();
  }

  @Override
  public ImmutableMap<String, Layer> headsByRole() {
    return method.headsByRole();
  }

  @Override
  public boolean hasUnitOutputs() {
    return method.hasUnitOutputs();
  }

  @Override
  public Layer heads() {
    return method.heads();
  }

  @Override
  public Variables parameters() {
    return method.parameters();
  }

  @Override
  public Variables buffers() {
    return method.buffers();
  }

  @Override
  public Variables emaParameters() {
    return method.emaParameters();
  }

  @Override
  public ImmutableList<Update> reset() {
    return method.reset();
  }

  @Override
  public ImmutableList<Update> onEpoch() {
    return method.onEpoch();
  }
}
