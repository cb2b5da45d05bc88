package io.github.bilevel4j.solver;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What {@link ClusterTest} computes in one process and in several, each with rows of its own. */
final class ReplicaProgram {
  private static final int BATCH = 4;
  private static final int DIM = 3;
  private static final int RUNS = 200;

  /** Covers what one process may be slower than the other on a busy machine. */
  private static final int TIMEOUT_SECONDS = 15;

  private final Engine engine;
  private final int rank;
  private final int replicas;
  private final Map<String, Array> results = new LinkedHashMap<>();

  private ReplicaProgram(Engine engine, int rank) {
    this.engine = engine;
    this.rank = rank;
    this.replicas = engine.replicas();
  }

  /** All results of one process. */
  static Map<String, Array> results(Engine engine, int rank) {
    ReplicaProgram program = new ReplicaProgram(engine, rank);
    program.collectives();
    program.derivatives();
    program.meanOfSamples();
    estimators().forEach(program::hypergradients);
    return program.results;
  }

  private static ImmutableMap<String, HypergradientEstimator> estimators() {
    return ImmutableMap.<String, HypergradientEstimator>builder()
        .put("unrolled", Unrolled.exact())
        .put("cg", Implicit.by(ConjugateGradient.steps(12).tolerance(1e-13)).iterationsPerRun(3))
        .put("f2sa", F2sa.multiplier(10))
        .buildOrThrow();
  }

  private static double sample(String name, int i) {
    return Math.sin(1.3 * i + name.length()) + 0.3 * Math.cos(2.9 * i * name.length());
  }

  /** The rows of a batch that belong to this replica. */
  private Array rows(String name) {
    int own = BATCH / replicas * DIM;
    return Array.fill(
        Shape.of(BATCH / replicas, DIM), i -> sample(name, Math.toIntExact(i) + rank * own));
  }

  private Expr input(String name) {
    return Expr.input(name, BATCH / replicas, DIM);
  }

  /** A loss in which each row's gradient depends on all others: NT-Xent without its labels. */
  private Expr contrast(Expr x, Expr w, Expr scale) {
    Expr z = x.times(scale).matmul(w).tanh().allGather(replicas);
    return z.matmul(z.transposed()).exp().sum(1).log().mean();
  }

  private void collectives() {
    Expr x = input("x");
    Expr scaled = x.times(Expr.replicaIndex(replicas).plus(1));
    results.putAll(
        run(
            Step.named("collectives")
                .output("gathered", x.allGather(replicas))
                .output("mean", x.sum().allSum(replicas).dividedBy(BATCH))
                .output("own", x.allGather(replicas).ownRows(replicas).minus(x).squared().sum())
                .output(
                    "index",
                    scaled
                        .minus(x)
                        .dividedBy(x)
                        .mean()
                        .allSum(replicas)
                        .minus(replicas * (replicas - 1) / 2.0)),
            Feed.of(x, rows("x"))));
  }

  private Map<String, Array> run(Step step, Feed feed) {
    return engine.compile(step).run(feed).all();
  }

  private void derivatives() {
    Expr x = input("x");
    Expr w = Expr.variable("w", Array.fill(Shape.of(DIM, 2), i -> 0.4 - 0.2 * i));
    Expr scale = Expr.variable("scale", Array.fill(Shape.of(DIM), i -> 1 + 0.1 * i));
    Expr loss = contrast(x, w, scale);
    Vector point = Variables.of(w, scale).vector();
    Vector direction = point.map(each -> Expr.constant(Array.fill(each.shape(), i -> 1 - 0.3 * i)));
    Step step = Step.named("derivatives").output("loss", loss);
    Vector gradient = Derivatives.gradient(loss, point);
    Vector product = Derivatives.hvp(loss, point, direction);
    Vector third = Derivatives.gradient(product.dot(direction), point);
    for (String name : point.components().keySet()) {
      step =
          step.output("gradient " + name, gradient.get(name).allMean(replicas))
              .output("hvp " + name, product.get(name).allMean(replicas))
              .output("third " + name, third.get(name).allMean(replicas));
    }
    results.putAll(run(step, Feed.of(x, rows("x"))));
  }

  /** A user's problem that knows nothing of replicas. */
  private void meanOfSamples() {
    Expr x = input("x");
    Expr w = Expr.variable("w", Array.fill(Shape.of(DIM), i -> 0.4 - 0.2 * i));
    Expr seen = Expr.variable("seen", Array.scalar(0));
    SingleLevelSolver solver =
        SingleLevelSolver.of(
            SingleLevel.problem("mean")
                .over(Variables.of(w))
                .minimize(Objective.of("loss", x.times(w).sum(1).softplus().mean()))
                .steppedBy(Adam.rate(0.1))
                .updating(List.of(new Update(seen, seen.plus(x.mean())))),
            engine);
    for (int step = 0; step < 3; step++) {
      results.put(
          "mean step " + step, Array.scalar(solver.step(Feed.of(x, rows("x"))).get("total")));
    }
    engine
        .read(List.of(w, seen))
        .forEach((leaf, value) -> results.put("mean " + leaf.name(), value));
  }

  private void hypergradients(String name, HypergradientEstimator estimator) {
    Expr x = input("x");
    Expr y = input("outer");
    Expr w = Expr.variable("w", Array.fill(Shape.of(DIM, 2), i -> 0.4 - 0.2 * i));
    Expr scale = Expr.variable("scale", Array.fill(Shape.of(DIM), i -> 1 + 0.1 * i));
    BilevelSolver solver = solver(name, x, y, w, scale, estimator);
    Feed feed = Feed.of(x, rows("x")).and(y, rows("outer"));
    solver
        .hypergradient(feed)
        .forEach((key, value) -> results.put(name + " hypergradient " + key, value));
    for (int step = 0; step < 2; step++) {
      solver.step(feed).forEach((key, value) -> results.put(name + " " + key, Array.scalar(value)));
    }
    engine
        .read(List.of(w, scale))
        .forEach((leaf, value) -> results.put(name + " after " + leaf.name(), value));
  }

  private BilevelSolver solver(
      String name, Expr x, Expr y, Expr w, Expr scale, HypergradientEstimator estimator) {
    return BilevelSolver.of(
        Bilevel.problem(name)
            .inner(Variables.of(w))
            .minimize(
                Objective.of("contrast", contrast(x, w, scale))
                    .plus("mean", x.matmul(w).softplus().mean())
                    .plus("size", 0.5, w.squared().sum()))
            .solvedBy(4, Sgd.rate(0.2))
            .outer(Variables.of(scale))
            .minimize(
                Objective.of("outer", contrast(y, w, scale))
                    .plus("mean", y.matmul(w).squared().mean()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(estimator),
        engine);
  }

  /** The sums over replicas of a step that are counted before, and those that it makes. */
  private static String messages(TensorFlowEngine engine, int rank) {
    ReplicaProgram program = new ReplicaProgram(engine, rank);
    Expr x = program.input("x");
    Expr y = program.input("outer");
    BilevelSolver solver =
        program.solver(
            "messages",
            x,
            y,
            Expr.variable("w", Array.fill(Shape.of(DIM, 2), i -> 0.4 - 0.2 * i)),
            Expr.variable("scale", Array.fill(Shape.of(DIM), i -> 1 + 0.1 * i)),
            Implicit.by(ConjugateGradient.steps(3).tolerance(0)).iterationsPerRun(1));
    Feed feed = Feed.of(x, program.rows("x")).and(y, program.rows("outer"));
    long made =
        engine.traced(() -> solver.step(feed)).stream()
            .filter(kernel -> kernel.kind().equals("CollectiveReduceV2"))
            .count();
    return solver.explain().cost().messages() + " counted, " + made + " made";
  }

  /** Addresses, rank and a file for the results. */
  public static void main(String[] arguments) throws IOException {
    int rank = Integer.parseInt(arguments[1]);
    Cluster cluster =
        Cluster.of(Splitter.on(',').splitToList(arguments[0]), rank)
            .within(Duration.ofSeconds(TIMEOUT_SECONDS));
    TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64, cluster);
    List<String> lines = new ArrayList<>();
    results(engine, rank).forEach((name, value) -> lines.add(name + "\t" + numbers(value)));
    lines.add("messages\t" + messages(engine, rank));
    Expr x = Expr.input("x");
    try {
      engine.compile(
          Step.named("deadlock").output("y", Expr.cond(x, x.allSum(cluster.replicas()), x)));
    } catch (UsageError refused) {
      lines.add("cond\t" + refused.getMessage().replace('\n', ' '));
    }
    Step last = Step.named("last").output("y", x.allSum(cluster.replicas()));
    Feed feed = Feed.of(x, Array.scalar(1));
    engine.compile(last).run(feed);
    long threads = threads();
    for (int run = 0; run < RUNS; run++) {
      engine.compile(last).run(feed);
    }
    lines.add("more threads\t" + (threads() - threads));
    Files.write(Path.of(arguments[2]), lines);
    if (rank > 0) {
      Runtime.getRuntime().halt(0);
    }
    long start = System.nanoTime();
    try {
      engine.compile(last).run(feed);
    } catch (IllegalStateException failure) {
      lines.add(
          "survivor\t%d s: %s"
              .formatted((System.nanoTime() - start) / 1_000_000_000L, failure.getMessage()));
    }
    Files.write(Path.of(arguments[2]), lines);
    Runtime.getRuntime().halt(0);
  }

  /** The threads of this process, also TensorFlow's; zero where the system does not list them. */
  private static long threads() throws IOException {
    Path tasks = Path.of("/proc/self/task");
    if (!Files.isDirectory(tasks)) {
      return 0;
    }
    try (Stream<Path> listed = Files.list(tasks)) {
      return listed.count();
    }
  }

  private static String numbers(Array array) {
    return IntStream.range(0, Math.toIntExact(array.size()))
        .mapToObj(i -> String.valueOf(array.at(i)))
        .collect(Collectors.joining(" "));
  }
}
