package io.github.bilevel4j.examples.bench;

/**
 * Links of a ring of replicas. A message of b bytes among n replicas on m nodes takes {@code start
 * + 2 (n - m) hopInside + 2 (m - 1) hopBetween + 2 (n - 1) / n b / rate}, with the rate of the
 * slowest link: the sums of the pieces go around once, and the results once more.
 *
 * @param perNode replicas of a node
 * @param inside bytes a second between two replicas of a node, in one direction
 * @param between bytes a second between two nodes, in one direction
 * @param start seconds that a message takes at least
 * @param hopInside seconds from replica to replica in a node
 * @param hopBetween seconds from node to node
 */
public record Interconnect(
    int perNode, double inside, double between, double start, double hopInside, double hopBetween) {

  /** Seconds that a message waits, whatever is in it. */
  double latency(int replicas) {
    int nodes = nodes(replicas);
    return replicas == 1
        ? 0
        : start + 2 * (replicas - nodes) * hopInside + 2 * (nodes - 1) * hopBetween;
  }

  /** Seconds that so many bytes are on their way. */
  double transfer(int replicas, double bytes) {
    double rate = nodes(replicas) == 1 ? inside : Math.min(inside, between);
    return 2.0 * (replicas - 1) / replicas * bytes / rate;
  }

  private int nodes(int replicas) {
    return (replicas + perNode - 1) / perNode;
  }
}
