package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.examples.bench.ScaledProblem.Need;
import java.util.Map;

/**
 * The seconds of a step on each of several replicas, one part after the other: nothing is sent
 * while something is computed.
 *
 * @param compute for the replica's part of the batch
 * @param repeated for what it computes of the whole batch, as all others do
 * @param latency of the messages, whatever is in them
 * @param transfer of what is in them
 */
record StepModel(double compute, double repeated, double latency, double transfer) {

  /**
   * The model.
   *
   * @param need of each of the replicas
   * @param flops floating-point operations a second of each
   */
  static StepModel of(Need need, int replicas, double flops, Interconnect links) {
    return new StepModel(
        need.part() / flops,
        need.repeated() / flops,
        need.messages() * links.latency(replicas),
        links.transfer(replicas, need.sent()));
  }

  double seconds() {
    return compute + repeated + latency + transfer;
  }

  /** The time in which one replica would do all, by the number of the replicas and their time. */
  double efficiency(int replicas) {
    return (compute + repeated / replicas) / seconds();
  }

  /** The part that takes longest. */
  String bottleneck() {
    return ImmutableMap.of(
            "compute", compute,
            "repeated compute", repeated,
            "latency", latency,
            "bandwidth", transfer)
        .entrySet()
        .stream()
        .max(Map.Entry.comparingByValue())
        .orElseThrow()
        .getKey();
  }
}
