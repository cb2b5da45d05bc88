package io.github.bilevel4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HypergradientTimesTest {
  private static final HypergradientTimes TIMES =
      new HypergradientTimes("A", ImmutableList.of())
          .and(time("CG", 5, 10, 8))
          .and(time("CG", 10, 25, 8))
          .and(time("CG, one run", 20, 24, Double.NaN))
          .and(time("dense", 0, 400.5, 0));

  private static HypergradientTime time(String method, int size, double median, double memory) {
    return new HypergradientTime(
        method,
        size,
        "cpu (2 threads)",
        "float32",
        7,
        median,
        7,
        99.25,
        11.5,
        1.25,
        memory,
        2.8e-2);
  }

  @Test
  void tableHasTheTimeOfAFurtherIterationWhereItIsKnown() {
    assertThat(TIMES.table().toString())
        .isEqualTo(
            """
            | estimator   |   K | median ms | fastest ms | ms per further K | CPU ms | peak MiB | first call s | relative error |
            | ----------- | --: | --------: | ---------: | ---------------: | -----: | -------: | -----------: | -------------: |
            | CG          |   5 |     10.00 |       7.00 |                  |  11.50 |        8 |          1.3 |        2.8e-02 |
            | CG          |  10 |     25.00 |       7.00 |             3.00 |  11.50 |        8 |          1.3 |        2.8e-02 |
            | CG, one run |  20 |     24.00 |       7.00 |                  |  11.50 |      n/a |          1.3 |        2.8e-02 |
            | dense       |     |    400.50 |       7.00 |                  |  11.50 |        0 |          1.3 |        2.8e-02 |\
            """);
  }

  @Test
  void separatedValuesQuoteWords() {
    assertThat((HypergradientTimes.TITLES + "\n" + TIMES.csv()).lines())
        .containsExactly(
            "problem,method,size,device,precision,runs,median_ms,fastest_ms,slowest_ms,cpu_ms,"
                + "ms_per_iteration,peak_mib,first_call_s,relative_error",
            "A,\"CG\",5,\"cpu (2 threads)\",float32,7,"
                + "10.0000,7.00000,99.2500,11.5000,,8.00000,1.25000,0.0280000",
            "A,\"CG\",10,\"cpu (2 threads)\",float32,7,"
                + "25.0000,7.00000,99.2500,11.5000,3.00000,8.00000,1.25000,0.0280000",
            "A,\"CG, one run\",20,\"cpu (2 threads)\",float32,7,"
                + "24.0000,7.00000,99.2500,11.5000,,,1.25000,0.0280000",
            "A,\"dense\",,\"cpu (2 threads)\",float32,7,"
                + "400.500,7.00000,99.2500,11.5000,,0.00000,1.25000,0.0280000");
  }

  @Test
  void runsAtLeastSoOftenAndSoLong() {
    AtomicInteger calls = new AtomicInteger();
    Measured few = Measured.of(2, new Measured.Effort(3, 0), calls::incrementAndGet);
    assertThat(calls).hasValue(5);
    assertThat(few.wall().seconds()).hasSize(3);
    Runnable slow = () -> Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(5));
    assertThat(Measured.of(0, new Measured.Effort(1, 0.05), slow).wall().seconds())
        .hasSizeBetween(2, 10);
    assertThat(Measured.of(0, new Measured.Effort(1, 60), () -> {}).wall().seconds())
        .hasSize(10_000);
  }
}
