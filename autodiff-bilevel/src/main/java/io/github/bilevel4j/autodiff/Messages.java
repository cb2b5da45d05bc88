package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import com.google.common.graph.Traverser;
import io.github.bilevel4j.autodiff.Guards.Guard;
import io.github.bilevel4j.expr.Expr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The messages of a step: sums over replicas that do not depend on each other are made together.
 *
 * <p>The level of a sum is the length of the longest chain of sums that wait for it, one for the
 * other. Of two that depend on each other the first has the higher level, so those of one level are
 * one message, made as late as possible; there are as many messages as the longest chain has sums.
 * Sums in different branches of conditions are apart, since not all of them may be made. That a
 * branch waits for its predicate changes no level: so does the condition itself, by which alone
 * others wait for the branch.
 *
 * <p>A message of several sums has at most 2^23 numbers, 32 MB in single precision: what is larger
 * takes its time whether or not it waits for another, and is not copied. All replicas have the same
 * expressions, and so the same messages in the same order.
 */
public final class Messages {
  private static final long MOST = 1 << 23;

  private record Place(ImmutableList<Guard> branch, int level) {}

  private final DistinctNodes nodes;
  private final Map<Expr, ImmutableList<Expr>> messages = new LinkedHashMap<>();

  private Messages(DistinctNodes nodes, Predicate<Expr> communicates) {
    this.nodes = nodes;
    ImmutableSet<Expr> sums =
        nodes.all().stream()
            .filter(node -> communicates.test(node) && node.shape().size() > 0)
            .collect(ImmutableSet.toImmutableSet());
    Map<Expr, Integer> levels = levels(sums);
    Map<Place, List<List<Expr>>> parts = new LinkedHashMap<>();
    for (Expr sum : sums) {
      Place place = new Place(nodes.guards().of(sum), levels.getOrDefault(sum, 0));
      add(sum, parts.computeIfAbsent(place, key -> new ArrayList<>()));
    }
    for (List<Expr> part : Iterables.concat(parts.values())) {
      ImmutableList<Expr> message = ImmutableList.copyOf(part);
      message.forEach(sum -> messages.put(sum, message));
    }
  }

  /**
   * The messages of some nodes.
   *
   * @param communicates whether a node is a sum of values that may differ among the replicas
   */
  public static Messages of(DistinctNodes nodes, Predicate<Expr> communicates) {
    return new Messages(nodes, communicates);
  }

  /** How many sums at most wait for a node, one after another. */
  private Map<Expr, Integer> levels(ImmutableSet<Expr> sums) {
    Map<Expr, Integer> levels = new HashMap<>();
    for (Expr node : Lists.reverse(nodes.all())) {
      int level = levels.getOrDefault(node, 0) + (sums.contains(node) ? 1 : 0);
      for (Expr input : nodes.inputs(node)) {
        levels.merge(input, level, Math::max);
      }
    }
    return levels;
  }

  /** Adds a sum to the first part that has room for it. */
  private static void add(Expr sum, List<List<Expr>> parts) {
    parts.stream()
        .filter(part -> size(part) + sum.shape().size() <= MOST)
        .findFirst()
        .ifPresentOrElse(part -> part.add(sum), () -> parts.add(Lists.newArrayList(sum)));
  }

  private static long size(List<Expr> part) {
    return part.stream().mapToLong(sum -> sum.shape().size()).sum();
  }

  /** All messages, each as the sums that it makes. */
  public ImmutableList<ImmutableList<Expr>> all() {
    return messages.values().stream().distinct().collect(ImmutableList.toImmutableList());
  }

  /** The sums that are made together with a sum, which communicates, and itself. */
  public ImmutableList<Expr> with(Expr sum) {
    return messages.getOrDefault(sum, ImmutableList.of(sum));
  }

  /** The nodes in an order in which what all sums of a message need comes before the first. */
  public ImmutableList<Expr> order() {
    return ImmutableList.copyOf(
        Traverser.<Expr>forGraph(this::before).depthFirstPostOrder(nodes.roots()));
  }

  private Iterable<Expr> before(Expr node) {
    ImmutableList<Expr> message = with(node);
    return message.get(0).equals(node)
        ? message.stream().flatMap(sum -> nodes.inputs(sum).stream()).toList()
        : List.of(message.get(0));
  }
}
