package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.Throwables;
import io.github.bilevel4j.autodiff.Differing;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.LostReplicaException;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Leaf;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * What an engine knows of its replicas: inputs differ, and with them the variables that are
 * assigned what is computed from them; all else is equal on all. A sum of equal values needs no
 * message.
 */
final class Replication {
  /** Within it a replica that has ended is found, however long the timeout is. */
  private static final long LOOK_MILLIS = 1000;

  private final Optional<Cluster> cluster;
  private final Optional<Peers> peers;

  /** The variables that differ, by how many did before. */
  private final Map<Leaf, Integer> differing = new WeakHashMap<>();

  private int marked;
  private boolean failed;

  Replication(Optional<Cluster> cluster) {
    this.cluster = cluster;
    this.peers = cluster.map(Peers::new);
  }

  /** The number of replicas. */
  int replicas() {
    return cluster.map(Cluster::replicas).orElse(1);
  }

  /** This replica's number. */
  int rank() {
    return cluster.map(Cluster::rank).orElse(0);
  }

  /**
   * Runs a step, and ends waiting for it when a replica has ended or the cluster's timeout has
   * passed: TensorFlow may wait without end for a replica that has ended.
   *
   * @throws LostReplicaException naming the replica; no later sum of this process succeeds
   */
  <T> T watched(String operation, Supplier<T> run) {
    if (cluster.isEmpty()) {
      return run.get();
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread runner =
        new Thread(
            () -> {
              try {
                result.complete(run.get());
              } catch (RuntimeException | Error failure) {
                result.completeExceptionally(failure);
              }
            },
            operation);
    runner.setDaemon(true);
    runner.start();
    try {
      return awaited(operation, result);
    } catch (ExecutionException failure) {
      Throwables.throwIfInstanceOf(failure.getCause(), Error.class);
      throw explained(operation, (RuntimeException) failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      failed = true;
      throw new LostReplicaException(operation + ": interrupted", interrupted);
    }
  }

  private <T> T awaited(String operation, CompletableFuture<T> result)
      throws ExecutionException, InterruptedException {
    long end = System.nanoTime() + cluster.orElseThrow().timeout().toNanos();
    while (true) {
      try {
        return result.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException late) {
        List<String> silent = silent();
        if (result.isDone()) {
          return result.get();
        }
        if (!silent.isEmpty() || System.nanoTime() > end) {
          throw ended(operation, silent, late);
        }
      }
    }
  }

  /** Whether a replica has ended: a run may never return. */
  boolean hasFailed() {
    return failed;
  }

  private RuntimeException explained(String operation, RuntimeException failure) {
    if (!(failure.getCause() instanceof TensorFlowException cause)) {
      return failure;
    }
    List<String> silent = silent();
    if (silent.isEmpty() && !String.valueOf(cause.getMessage()).contains("Collective")) {
      return failure;
    }
    return ended(operation, silent, failure);
  }

  private LostReplicaException ended(String operation, List<String> silent, Exception failure) {
    failed = true;
    String who =
        silent.isEmpty()
            ? String.join(" or ", peers.orElseThrow().late())
                + " did not take part within %d s"
                    .formatted(cluster.orElseThrow().timeout().toSeconds())
            : String.join(", ", silent) + " does not answer";
    return new LostReplicaException(operation + ": " + who, failure);
  }

  private List<String> silent() {
    return peers.orElseThrow().silent();
  }

  /** What a step, already expanded, is on one of the replicas. */
  InStep of(Step step, List<Expr> expanded) {
    Differing found = differing();
    if (replicas() > 1) {
      List<Expr> newValues = expanded.subList(step.outputs().size(), expanded.size());
      while (mark(step, newValues, found)) {
        found = differing();
      }
    }
    return new InStep(found);
  }

  private Differing differing() {
    return new Differing(leaf -> leaf instanceof Leaf.Input || differing.containsKey(leaf));
  }

  /** Marks the variables that a step makes differ; whether there are new ones. */
  private boolean mark(Step step, List<Expr> newValues, Differing found) {
    boolean changed = false;
    for (int i = 0; i < newValues.size(); i++) {
      Leaf variable = (Leaf) step.updates().get(i).variable().op();
      if (!differing.containsKey(variable) && found.test(newValues.get(i))) {
        differing.put(variable, marked);
        marked++;
        changed = true;
      }
    }
    return changed;
  }

  /** How many variables differ so far. */
  int marked() {
    return marked;
  }

  /**
   * Whether one of some leaves was taken for equal when so many variables differed, and differs
   * since then: what was lowered for that is right no more.
   */
  boolean areMarkedSince(int before, Set<Leaf> leaves) {
    return marked > before
        && leaves.stream().anyMatch(leaf -> differing.getOrDefault(leaf, -1) >= before);
  }

  /** The replicas in one step. */
  final class InStep {
    private final Differing found;

    private InStep(Differing found) {
      this.found = found;
    }

    /** Whether a value may be another one on another replica. */
    boolean differs(Expr node) {
      return found.test(node);
    }

    /** Whether a sum needs messages. */
    boolean communicates(Expr node) {
      return node.op() instanceof AllSum sum && sum.replicas() > 1 && differs(node.input(0));
    }

    /** This replica's number. */
    int rank() {
      return Replication.this.rank();
    }

    /** Requires what an expression was written for. */
    void requireReplicas(String operation, int replicas) {
      if (replicas != 1 && replicas != replicas()) {
        throw UsageError.in(operation)
            .because("it is written for %d replicas, and the engine has %d", replicas, replicas())
            .maybe("engine.replicas() should be its argument.");
      }
    }

    /** Requires that all replicas reach a sum, or none does. */
    void requireEqual(Expr sum, Expr predicate) {
      if (differs(predicate)) {
        throw UsageError.in("cond")
            .because("a sum over replicas is in a branch that only some of them may choose")
            .row("predicate", predicate.label(), predicate.shape().toString())
            .row("sum of", sum.input(0).label(), sum.input(0).shape().toString())
            .maybe("the predicate should be computed from an allSum.");
      }
    }
  }
}
