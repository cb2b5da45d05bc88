package io.github.bilevel4j.examples.ssl;

import static io.github.bilevel4j.examples.ssl.MethodFormulas.unitRows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.LocatedCrop.Located;
import io.github.bilevel4j.augment.RandAugment;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.examples.ssl.MethodFormulas.Moments;
import io.github.bilevel4j.examples.ssl.MethodFormulas.Parts;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.losses.redundancy.VicRegTerms;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.PredictingMethod;
import io.github.bilevel4j.ssl.Preset;
import io.github.bilevel4j.ssl.Queues;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.TargetNetworkMethod;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every method on a tiny encoder: its loss, the parts of it, the norm of its gradient and what it
 * remembers are those of a formula of the embeddings, written out in elementary operations and with
 * the published settings as numbers.
 */
class MethodWiringTest {
  private static final int SIDE = 8;
  private static final int FEATURES = 6;

  private static Encoder encoder(Scope scope) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("stem", stage(3, 4, 1).init(scope.child("stem")));
    stages.put("layer1", stage(4, FEATURES, 2).init(scope.child("layer1")));
    stages.put("pool", new GlobalAveragePool());
    return Encoder.of(stages);
  }

  private static Sequential stage(int inputs, int outputs, int stride) {
    return Sequential.empty()
        .then("conv", Conv.between(inputs, outputs).kernel(3).stride(stride).padding(1).bias(false))
        .then("bn", BatchNorm.over(outputs))
        .then("relu", Activation.RELU);
  }

  private static MethodContext context(int batch) {
    Scope scope = Scope.seed(1);
    Expr step = Experiment.counter("step");
    return new MethodContext(
        Preset.HTDT, encoder(scope), FEATURES, scope, SIDE, 2 * batch, batch, 8, 100, step);
  }

  private static Expr images(int seed, int count, int side) {
    Random random = new Random(seed);
    Shape shape = Shape.of(count, side, side, 3);
    return Expr.constant(Array.fill(shape, i -> random.nextDouble()));
  }

  /** Two views, or with smaller ones besides. */
  private static ImmutableList<Expr> views(int batch, int... sides) {
    return IntStream.range(0, sides.length)
        .mapToObj(v -> images(v, batch, sides[v]))
        .collect(ImmutableList.toImmutableList());
  }

  /** Layers that are applied by hand. */
  private record Networks(Encoder encoder, Layer projector, Layer predictor) {
    static Networks online(MethodContext context, SslMethod method) {
      Layer predictor = method instanceof PredictingMethod p ? p.predictor() : null;
      return new Networks(context.encoder(), method.projector(), predictor);
    }

    /** At the moving averages after this step. */
    Networks target(Variables averages, double tau) {
      Map<String, Expr> moved = new LinkedHashMap<>();
      encoder
          .parameters()
          .and(projector.parameters())
          .leaves()
          .forEach(
              (key, online) ->
                  moved.put(
                      key, averages.get(key).times(tau).plus(online.times(1 - tau)).detached()));
      return with(moved);
    }

    Networks with(Map<String, Expr> values) {
      Map<String, Expr> all = new LinkedHashMap<>();
      all.putAll(encoder.vector().components());
      all.putAll(projector.vector().components());
      all.putAll(values);
      return new Networks(encoder.with(Vector.of(all)), projector.with(Vector.of(all)), predictor);
    }

    Expr z(Expr view) {
      Expr features = encoder.apply(view, Pass.batchStatistics());
      return projector.apply(features, Pass.batchStatistics());
    }

    Expr map(Expr view) {
      return encoder.features("layer1", view, Pass.batchStatistics());
    }

    List<Expr> z(List<Expr> views) {
      return views.stream().map(this::z).toList();
    }

    List<Expr> p(List<Expr> views) {
      return views.stream().map(x -> predictor.apply(z(x), Pass.batchStatistics())).toList();
    }
  }

  /** What a step should find, and what it should write, by variable. */
  private record Expected(Parts parts, Map<Expr, Expr> written) {
    Expected(Parts parts) {
      this(parts, Map.of());
    }
  }

  /** A queue of unit rows whose first rows are replaced, as its pointer is at the first one. */
  private static Expr enqueued(Queue queue, Expr keys) {
    int n = keys.shape().dim(0);
    int rows = queue.contents().shape().dim(0);
    return Expr.concat(0, unitRows(keys), queue.contents().slice(0, n, rows));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SDCLR")
  void lossIsTheFormula(BuiltInMethod kind) {
    int batch = kind == BuiltInMethod.WMSE || kind == BuiltInMethod.WMSE4 ? 128 : 8;
    MethodContext context = context(batch);
    SslMethod method = kind.recipe(context).method();
    ImmutableList<Expr> views =
        switch (kind) {
          case SWAV_MULTICROP, RELIC_V2_MULTICROP -> views(batch, SIDE, SIDE, 5, 5);
          case WMSE4 -> views(batch, SIDE, SIDE, SIDE, SIDE);
          default -> views(batch, SIDE, SIDE);
        };
    check(context, ViewBatch.of(method, views), expected(kind, context, method, views));
  }

  private static Expected expected(
      BuiltInMethod kind, MethodContext context, SslMethod method, List<Expr> views) {
    Networks online = Networks.online(context, method);
    Networks target =
        method instanceof TargetNetworkMethod ? online.target(method.emaParameters(), 0.99) : null;
    List<Expr> z = online.z(views);
    Expr z1 = z.get(0);
    Expr z2 = z.get(1);
    return switch (kind) {
      case SIMCLR -> new Expected(MethodFormulas.ntXent(z1, z2, 0.5));
      case LMCL -> new Expected(MethodFormulas.lmcl(z1, z2, 0.5, 0.1, 0.5, 1));
      case BCL_I -> new Expected(MethodFormulas.ntXent(z1, z2, 0.2));
      case MOCO_V2 -> {
        Queue queue = ((MoCoV2) method).queue();
        Expr k = target.z(views.get(1));
        yield new Expected(
            MethodFormulas.infoNce(z1, k, queue.contents(), 0.2),
            Map.of(queue.contents(), enqueued(queue, k)));
      }
      case MOCO_V2_PLUS -> {
        List<Queue> queues = ((MoCoV2Plus) method).queues().each();
        List<Expr> k = target.z(views);
        Expr first = queues.get(0).contents();
        Expr second = queues.get(1).contents();
        yield new Expected(
            MethodFormulas.half(
                MethodFormulas.infoNce(z1, k.get(1), second, 0.2),
                MethodFormulas.infoNce(z2, k.get(0), first, 0.2)),
            Map.of(
                first, enqueued(queues.get(0), k.get(0)),
                second, enqueued(queues.get(1), k.get(1))));
      }
      case SIMSIAM -> new Expected(MethodFormulas.simSiam(online.p(views), z));
      case BYOL -> new Expected(MethodFormulas.byol(online.p(views), target.z(views)));
      case SWAV, SWAV_MULTICROP ->
          new Expected(MethodFormulas.swav(z, ((Swav) method).prototypes(), List.of(), 0.1, 0.05));
      case BARLOW_TWINS -> new Expected(MethodFormulas.barlowTwins(z1, z2, 0.0051, 0.1));
      case VICREG -> new Expected(MethodFormulas.vicReg(z1, z2, 25, 25, 1));
      case VICREGL -> {
        List<Located> whole = views.stream().map(Located::whole).toList();
        yield new Expected(vicRegL((VicRegL) method, online, whole));
      }
      case WMSE, WMSE4 -> new Expected(MethodFormulas.wMse(z));
      // 1 / lambda begins with eight times n 64 / d, for 8 images in 64 dimensions.
      case MEC -> new Expected(MethodFormulas.mec(online.p(views), target.z(views), 64));
      case MEC_EXACT -> new Expected(MethodFormulas.mecExact(online.p(views), target.z(views), 64));
      case CORINFOMAX -> {
        CorInfoMax m = (CorInfoMax) method;
        Moments first = Moments.after(z1, m.first().mean(), m.first().covariance(), 0.01);
        Moments second = Moments.after(z2, m.second().mean(), m.second().covariance(), 0.01);
        yield new Expected(
            MethodFormulas.corInfoMax(z1, z2, first, second, 250, 1e-4),
            Map.of(
                m.first().mean(), first.mean(),
                m.first().covariance(), first.covariance(),
                m.second().mean(), second.mean(),
                m.second().covariance(), second.covariance()));
      }
      case RESSL -> {
        Queue queue = ((ReSsl) method).queue();
        Expr teacher = target.z(views.get(1));
        yield new Expected(
            MethodFormulas.reSsl(List.of(z1), teacher, queue.contents(), 0.1, 0.04),
            Map.of(queue.contents(), enqueued(queue, teacher)));
      }
      case RELIC_V2, RELIC_V2_MULTICROP ->
          new Expected(
              MethodFormulas.relicV2(online.p(views), target.z(views.subList(0, 2)), 0.2, 1));
      case SSL_HSIC ->
          new Expected(
              MethodFormulas.sslHsic(
                  online.p(views), target.z(views), ((SslHsic) method).scale(), 3));
      case SSL_HSIC_FEATURES -> {
        RandomKey draws = RandomKey.of(context.scope().seed(), context.step());
        yield new Expected(
            MethodFormulas.sslHsicOfFeatures(
                online.p(views),
                target.z(views),
                ((SslHsic) method).scale(),
                3,
                RandomFeatures.drawn(512, 64, draws.foldIn("features 1")),
                RandomFeatures.drawn(512, 64, draws.foldIn("features 2"))));
      }
      case SDCLR -> throw new AssertionError("has a test of its own");
    };
  }

  private static Parts vicRegL(VicRegL method, Networks online, List<Located> views) {
    LocatedView[] located =
        views.stream()
            .map(
                view ->
                    LocatedView.inBoxes(
                        online.z(view.images()),
                        method
                            .mapProjector()
                            .apply(online.map(view.images()), Pass.batchStatistics()),
                        view.boxes(),
                        view.mirrored()))
            .toArray(LocatedView[]::new);
    VicRegLLoss loss = VicRegLLoss.weights(25, 25, 1).matches(16, 4);
    VicRegTerms global = loss.global(located).times(0.9);
    VicRegTerms local = loss.local(located).times(0.1);
    return Parts.of(
        global.invariance().plus(local.invariance()),
        Stream.of(global.variance(), global.covariance(), local.variance(), local.covariance())
            .reduce(Expr::plus)
            .orElseThrow());
  }

  /** Places are matched by where they were cut out of the image. */
  @Test
  void vicRegLKnowsTheBoxesOfEachView() {
    MethodContext context = context(4);
    VicRegL method = (VicRegL) BuiltInMethod.VICREGL.recipe(context).method();
    Expr images = images(5, 4, SIDE);
    RandomKey key = RandomKey.fixed(3);
    ViewBatch batch =
        method.views(
            Views.alike(Augmentation.none()), Augmentation.none(), ImageBatch.of(images), key);
    List<Located> cut =
        Stream.of("crop 0", "crop 1").map(v -> method.crop().of(images, key.foldIn(v))).toList();
    assertThat(batch.views()).containsExactly(cut.get(0).images(), cut.get(1).images());
    check(context, batch, new Expected(vicRegL(method, Networks.online(context, method), cut)));
  }

  /** One branch is without its smallest filter weights, and has normalization of its own. */
  @Test
  void sdclrMasksNineTenthsOfTheFiltersOfTheSecondView() {
    MethodContext context = context(8);
    Sdclr method = (Sdclr) BuiltInMethod.SDCLR.recipe(context).method();
    ImmutableList<Expr> views = views(8, SIDE, SIDE);
    Networks dense = Networks.online(context, method);
    Map<String, Expr> masked = new LinkedHashMap<>(method.norms().leaves());
    Map<Expr, Array> written = new LinkedHashMap<>();
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Map<String, Array> filters =
          engine.read(context.encoder().parameters().where(key -> key.endsWith("conv/weight")));
      double[] sorted =
          filters.values().stream()
              .flatMapToDouble(w -> Arrays.stream(w.toDoubles()).map(Math::abs))
              .sorted()
              .toArray();
      double threshold = sorted[(int) Math.ceil(0.9 * sorted.length)];
      filters.forEach(
          (key, w) -> {
            Array mask = Array.fill(w.shape(), i -> Math.abs(w.at(i)) >= threshold ? 1 : 0);
            written.put(method.masks().get(key), mask);
            masked.put(key, dense.encoder().parameters().get(key).times(Expr.constant(mask)));
          });
      assertThat(valuesOf(engine, method.onEpoch())).isEqualTo(written);
    }
    Expr z1 = dense.z(views.get(0));
    Expr z2 = dense.with(masked).z(views.get(1));
    check(
        context,
        ViewBatch.of(method, views),
        new Expected(MethodFormulas.ntXent(z1, z2, 0.2)),
        written);
  }

  /** Of images that are seen again, a part of the loss that is remembered. */
  @Test
  void bclAugmentsAndRemembersByImage() {
    MethodContext context = context(4);
    BclI method = (BclI) BuiltInMethod.BCL_I.recipe(context).method();
    Expr indices = Expr.constant(Array.vector(6, 0, 3, 5));
    ImageBatch images = new ImageBatch(images(5, 4, SIDE), indices);
    RandomKey key = RandomKey.fixed(3);
    Views flips = Views.alike((x, draws) -> x.times(draws.uniform(4, 1, 1, 1)));
    Augmentation last = (x, draws) -> x.times(2);
    ViewBatch batch = method.views(flips, last, images, key);
    Expr w = method.hardness().weights().gather(indices);
    RandAugment further = new RandAugment(w.times(20).plus(10), w);
    ImmutableList<Expr> views = flips.then(further).then(last).of(images.images(), key);
    assertThat(batch.views()).isEqualTo(views);
    List<Expr> z = Networks.online(context, method).z(views);
    Expr old = method.hardness().losses();
    Expr visited = method.hardness().visited();
    Expr ofBatch = MethodFormulas.ntXentOfImages(z.get(0), z.get(1), 0.2);
    Expr in = indices.oneHot(8).sum(0);
    Expr scattered = indices.oneHot(8).transposed().matmul(ofBatch.unsqueezed(-1)).reshape(8);
    Expr again = old.times(0.97).plus(scattered.times(0.03));
    Expr losses = in.where(visited.where(again, scattered), old);
    Map<Expr, Array> state =
        Map.of(
            method.hardness().weights(),
            Array.vector(1, 0, 0, 0.25, 0, 0.5, 1, 0),
            old,
            Array.vector(3, 0, 0, 0, 1, 0, 2, 0),
            visited,
            Array.vector(1, 0, 0, 0, 1, 0, 1, 0));
    check(
        context,
        batch,
        new Expected(
            MethodFormulas.ntXent(z.get(0), z.get(1), 0.2),
            Map.of(old, losses, visited, visited.maximum(in))),
        state);
  }

  /** While prototypes are frozen they have no gradient; queues take part once they are started. */
  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "1, 0", "1, 1"})
  void swavFreezesPrototypesAndStartsQueues(double frozen, double started) {
    MethodContext context = context(4);
    Layer projector = context.projector(context.mlp(7, 5));
    Random random = new Random(2);
    Expr prototypes =
        Expr.variable("prototypes", Array.fill(Shape.of(6, 5), i -> random.nextGaussian()));
    Queues queues =
        new Queues(ImmutableList.of(Queue.named("first", 8, 5, 1), Queue.named("second", 8, 5, 2)));
    Swav method =
        new Swav(
            projector,
            prototypes,
            SwavLoss.temperature(0.1),
            queues,
            Expr.constant(frozen),
            Expr.constant(started));
    ImmutableList<Expr> views = views(4, SIDE, SIDE, 5);
    List<Expr> z = Networks.online(context, method).z(views);
    Queue first = queues.each().get(0);
    Queue second = queues.each().get(1);
    check(
        context,
        ViewBatch.of(method, views),
        new Expected(
            MethodFormulas.swav(
                z,
                frozen == 1 ? prototypes.detached() : prototypes,
                started == 1 ? List.of(first.contents(), second.contents()) : List.of(),
                0.1,
                0.05),
            Map.of(
                first.contents(), enqueued(first, z.get(0)),
                second.contents(), enqueued(second, z.get(1)))));
  }

  /** The same permutation of images for both views, another one in each step. */
  @Test
  void wMseWhitensSubBatches() {
    MethodContext context = context(8);
    RandomKey orders = RandomKey.fixed(4);
    WMseLoss loss = WMseLoss.subBatch(4).iterations(2);
    WMse method = new WMse(context.projector(context.mlp(7, 3)), loss, orders);
    ImmutableList<Expr> views = views(8, SIDE, SIDE);
    List<Expr> z = Networks.online(context, method).z(views);
    check(
        context,
        ViewBatch.of(method, views),
        new Expected(Parts.of(loss.of(RandomKey.fixed(4), z))));
  }

  /** The weak view is the last one of several. */
  @Test
  void reSslHasOneTeacherForAllStudents() {
    MethodContext context = context(8);
    ReSsl method = (ReSsl) BuiltInMethod.RESSL.recipe(context).method();
    ImmutableList<Expr> views = views(8, SIDE, 5, SIDE);
    Networks online = Networks.online(context, method);
    Expr teacher = online.target(method.emaParameters(), 0.99).z(views.get(2));
    check(
        context,
        ViewBatch.of(method, views),
        new Expected(
            MethodFormulas.reSsl(
                online.z(views.subList(0, 2)), teacher, method.queue().contents(), 0.1, 0.04),
            Map.of(method.queue().contents(), enqueued(method.queue(), teacher))));
  }

  private static void check(MethodContext context, ViewBatch batch, Expected expected) {
    check(context, batch, expected, Map.of());
  }

  private static void check(
      MethodContext context, ViewBatch batch, Expected expected, Map<Expr, Array> state) {
    SslMethod method = batch.method();
    Variables trained = context.encoder().parameters().and(method.parameters());
    SslLoss loss = batch.loss(Network.of(context.encoder(), Pass.training()));
    assertThat(kept(context, method)).containsAll(assigned(loss, method));
    Map<String, Expr> found = new LinkedHashMap<>(loss.objective().values());
    found.put("total", loss.objective().total());
    found.put("gradient norm", loss.objective().total().gradient(trained).norm());
    Map<String, Expr> wanted = new LinkedHashMap<>();
    wanted.put("alignment", expected.parts().alignment());
    if (expected.parts().constraint() != null) {
      wanted.put("constraint", expected.parts().constraint());
    }
    wanted.put("total", expected.parts().total());
    wanted.put("gradient norm", expected.parts().differentiated().gradient(trained).norm());
    assertThat(found).containsOnlyKeys(wanted.keySet());
    Map<Expr, Expr> written = new LinkedHashMap<>(expected.written());
    method
        .emaParameters()
        .leaves()
        .forEach(
            (key, average) ->
                written.put(average, average.times(0.99).plus(trained.get(key).times(0.01))));
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      disturb(engine, method);
      engine.write(state);
      Map<String, Expr> all = new LinkedHashMap<>();
      found.forEach((name, value) -> all.put("found " + name, value));
      wanted.forEach((name, value) -> all.put("wanted " + name, value));
      Map<Expr, Expr> updates = new LinkedHashMap<>();
      loss.updates().forEach(update -> updates.put(update.variable(), update.value()));
      written.forEach(
          (variable, value) ->
              all.put(
                  "written to " + variable.name(), updates.get(variable).minus(value).abs().max()));
      ImmutableMap<String, Array> values = Evaluation.on(engine, all);
      wanted
          .keySet()
          .forEach(
              name -> {
                double value = values.get("wanted " + name).scalarValue();
                assertThat(value).as(name).isNotZero();
                assertThat(values.get("found " + name).scalarValue())
                    .as(name)
                    .isCloseTo(value, within(1e-9 * Math.max(1, Math.abs(value))));
              });
      Maps.filterKeys(values, name -> name.startsWith("written"))
          .forEach((name, error) -> assertThat(error.scalarValue()).as(name).isLessThan(1e-12));
    }
  }

  /** What is saved with the weights. */
  private static Collection<Expr> kept(MethodContext context, SslMethod method) {
    return context.encoder().variables().and(method.variables()).leaves().values();
  }

  /** What a step or an epoch changes besides the trained parameters. */
  private static List<Expr> assigned(SslLoss loss, SslMethod method) {
    return Stream.of(loss.updates(), method.onEpoch())
        .flatMap(List::stream)
        .map(Update::variable)
        .toList();
  }

  /** Averages that are not the trained network, and other state that is not as at the start. */
  private static void disturb(Engine engine, SslMethod method) {
    Random random = new Random(9);
    Map<Expr, Array> values = new LinkedHashMap<>();
    method.emaParameters().leaves().values().forEach(v -> values.put(v, shaken(engine, v, random)));
    if (method instanceof Sdclr m) {
      Variables trained = m.norms().where(key -> !BatchNorm.isStatistic(key));
      trained.leaves().values().forEach(v -> values.put(v, shaken(engine, v, random)));
    }
    if (method instanceof CorInfoMax m) {
      Stream.of(m.first(), m.second())
          .forEach(
              moments -> {
                values.put(moments.mean(), shaken(engine, moments.mean(), random));
                double scale = 1 + random.nextDouble();
                Array identity = engine.read(moments.covariance());
                values.put(
                    moments.covariance(),
                    Array.fill(identity.shape(), i -> scale * identity.at(i)));
              });
    }
    if (method instanceof SslHsic m) {
      values.put(m.scale(), Array.scalar(0.7));
    }
    engine.write(values);
  }

  private static Array shaken(Engine engine, Expr variable, Random random) {
    Array value = engine.read(variable);
    return Array.fill(value.shape(), i -> value.at(i) + 0.2 * random.nextGaussian());
  }

  private static Map<Expr, Array> valuesOf(Engine engine, List<Update> updates) {
    Map<String, Expr> values = new LinkedHashMap<>();
    updates.forEach(update -> values.put(update.variable().name(), update.value()));
    ImmutableMap<String, Array> read = Evaluation.on(engine, values);
    Map<Expr, Array> byVariable = new LinkedHashMap<>();
    updates.forEach(
        update -> byVariable.put(update.variable(), read.get(update.variable().name())));
    return byVariable;
  }
}
