package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.shape.Array;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes with half a batch each compute what one does with the whole. */
class ClusterTest {
  @TempDir Path folder;

  @Test
  void twoReplicasComputeWhatOneProcessDoes() throws Exception {
    List<String> addresses = addresses(2);
    List<Process> processes = new ArrayList<>();
    for (int rank = 0; rank < 2; rank++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ReplicaProgram.class.getName(),
                  String.join(",", addresses),
                  String.valueOf(rank),
                  folder.resolve("results" + rank).toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log" + rank).toFile())
              .start());
    }
    Map<String, Array> expected;
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      expected = ReplicaProgram.results(engine, 0);
    }
    for (int rank = 0; rank < 2; rank++) {
      boolean ended = processes.get(rank).waitFor(120, TimeUnit.SECONDS);
      processes.get(rank).destroyForcibly();
      assertThat(ended).as(Files.readString(folder.resolve("log" + rank))).isTrue();
    }

    Map<String, String> first = results(0);
    Map<String, String> second = results(1);
    for (String name : expected.keySet()) {
      assertThat(first.get(name))
          .as("%s, equal on both; %s", name, Files.readString(folder.resolve("log0")))
          .isNotNull()
          .isEqualTo(second.get(name));
      double[] actual =
          Splitter.on(' ').splitToStream(first.get(name)).mapToDouble(Double::valueOf).toArray();
      Array wanted = expected.get(name);
      double scale = Math.max(1, DoubleStream.of(actual).map(Math::abs).max().orElseThrow());
      assertThat(actual).as(name).hasSize(Math.toIntExact(wanted.size()));
      for (int i = 0; i < actual.length; i++) {
        assertThat(actual[i]).as(name).isCloseTo(wanted.at(i), within(1e-12 * scale));
      }
    }
    assertThat(Integer.parseInt(first.get("more threads"))).isLessThan(100);
    assertThat(first.get("messages")).matches("([1-9]\\d+) counted, \\1 made");
    assertThat(first.get("cond")).contains("a sum over replicas is in a branch");
    assertThat(first.get("survivor")).contains("replica 1").contains(addresses.get(1));
  }

  private Map<String, String> results(int rank) throws IOException {
    Map<String, String> results = new LinkedHashMap<>();
    Path file = folder.resolve("results" + rank);
    assertThat(file).as(Files.readString(folder.resolve("log" + rank))).exists();
    for (String line : Files.readAllLines(file)) {
      List<String> parts = Splitter.on('\t').splitToList(line);
      results.put(parts.get(0), parts.get(1));
    }
    return results;
  }

  /** Loopback addresses that nobody listens at. */
  private static List<String> addresses(int number) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      sockets.add(socket);
      addresses.add("127.0.0.1:" + socket.getLocalPort());
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return addresses;
  }
}
