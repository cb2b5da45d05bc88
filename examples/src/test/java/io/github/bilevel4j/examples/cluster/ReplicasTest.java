package io.github.bilevel4j.examples.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.process.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of method over two processes is what it is in one. */
class ReplicasTest {
  private static final int STEPS = 2;
  private static final double ACCURACY = 1e-10;

  @TempDir Path folder;

  @Test
  void twoReplicasTrainAsOneProcessDoes() throws Exception {
    List<String> addresses = LocalReplicas.freeAddresses(2);
    List<Process> processes = new ArrayList<>();
    for (int rank = 0; rank < 2; rank++) {
      processes.add(
          new ProcessBuilder(
                  ChildProgram.command(
                      List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"),
                      MethodsProgram.class.getName(),
                      List.of(
                          String.join(",", addresses),
                          String.valueOf(rank),
                          String.valueOf(STEPS),
                          String.join(",", MethodsProgram.METHODS),
                          folder.resolve("results" + rank).toString())))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log" + rank).toFile())
              .start());
    }
    List<String> expected;
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      expected = MethodsProgram.results(engine, MethodsProgram.METHODS, STEPS);
    }
    for (int rank = 0; rank < 2; rank++) {
      boolean ended = processes.get(rank).waitFor(300, TimeUnit.SECONDS);
      processes.get(rank).destroyForcibly();
      assertThat(ended).as(log(rank)).isTrue();
    }

    Map<String, String> first = numbers(results(0));
    assertThat(first.remove("refused"))
        .isEqualTo("cluster: replicas differ in --seed.   --seed  0 on rank 0; 1 on rank 1");
    assertThat(results(1)).as("equal to the bit on both").isEqualTo(results(0));
    Map<String, String> whole = numbers(expected);
    assertThat(first.keySet()).as(log(0)).isEqualTo(whole.keySet());
    for (String name : whole.keySet()) {
      double wanted = Double.parseDouble(whole.get(name));
      assertThat(Math.abs(Double.parseDouble(first.get(name)) - wanted))
          .as("%s: %s, of one process %s", name, first.get(name), wanted)
          .isLessThan(ACCURACY * Math.max(1, Math.abs(wanted)));
    }
  }

  private String log(int rank) throws IOException {
    return Files.readString(folder.resolve("log" + rank));
  }

  private List<String> results(int rank) throws IOException {
    Path file = folder.resolve("results" + rank);
    assertThat(file).as(log(rank)).exists();
    return Files.readAllLines(file);
  }

  private static Map<String, String> numbers(List<String> lines) {
    Map<String, String> numbers = new LinkedHashMap<>();
    for (String line : lines) {
      List<String> parts = Splitter.on('\t').splitToList(line);
      numbers.put(parts.get(0), parts.get(1));
    }
    return numbers;
  }
}
