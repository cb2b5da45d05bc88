package io.github.bilevel4j.examples.bench;

/**
 * What was measured of one way to compute a hypergradient. Times are in milliseconds.
 *
 * @param method in words
 * @param size iterations or steps; 0 if it has none
 * @param device in words
 * @param precision the engine's
 * @param runs the number of measured calls
 * @param median of a call
 * @param fastest call
 * @param slowest call
 * @param processor processor time of a call on average, all threads together
 * @param firstCall seconds from the problem to the end of the first call, which prepares the device
 * @param memory the most resident memory of the host in MiB above that before the first call; not a
 *     number where the system does not tell it
 * @param error relative to the exact hypergradient
 */
public record HypergradientTime(
    String method,
    int size,
    String device,
    String precision,
    int runs,
    double median,
    double fastest,
    double slowest,
    double processor,
    double firstCall,
    double memory,
    double error) {

  /** The time of one more iteration, from the medians of this and of a smaller size. */
  public double perIteration(HypergradientTime smaller) {
    return (median - smaller.median) / (size - smaller.size);
  }
}
