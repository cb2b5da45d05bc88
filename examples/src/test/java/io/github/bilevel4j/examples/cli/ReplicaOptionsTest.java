package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import io.github.bilevel4j.examples.TinyEncoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicaOptionsTest {
  private static final String PAIR = "127.0.0.1:7000,127.0.0.1:7001";

  @TempDir Path folder;

  private static Ending pretrain(String more) {
    return Ending.of(
        Stream.concat(
                Stream.of("pretrain", "simclr", "--encoder", TinyEncoder.NAME, "--batch", "64"),
                Splitter.on(' ').splitToStream(more))
            .toArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --replicas 3 | error: --batch: 64 images are not divisible by 3 replicas.  Maybe 63 was meant.
          --replicas 0 | error: --replicas: the value must be 1 or more, got 0.
          --replica-timeout 0 | error: --replica-timeout: the value must be 1 or more, got 0.
          --rank 1 | error: --rank: there is no --cluster.
          --cluster auto --rank 1 | error: --rank: auto has it from the variables.
          --cluster PAIR | error: --cluster: it is not told which of the addresses is this process's.
          --cluster PAIR --rank 2 | error: cluster: the rank 2 is not one of 0..1.
          --cluster PAIR --rank -1 | error: cluster: the rank -1 is not one of 0..1.
          --cluster PAIR,127.0.0.1:7000 --rank 0 | error: cluster: an address is there twice.
          --cluster 127.0.0.1 --rank 0 | error: cluster: "127.0.0.1" is not an address.
          --cluster 10.0.0.1:70,10.0.0.2:70 --rank 0 | error: --cluster: an address is not the loopback address
          --replicas 2 --cluster PAIR | error: --replicas: the replicas of --cluster are not to be started.
          --replicas 2 --memory 2g | error: --memory: steps of several replicas are computed as they are.
          """)
  void whatCannotBeIsRefusedInOneLine(String options, String error) {
    String given = options.replace("PAIR", PAIR);
    Ending ending = pretrain(given);
    assertThat(ending.err()).startsWith(error).hasLineCount(1);
    assertThat(ending.status()).isEqualTo(2);
  }

  @Test
  void aPortInUseIsRefused() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ending ending =
          pretrain("--cluster 127.0.0.1:%d,127.0.0.1:1 --rank 0".formatted(taken.getLocalPort()));
      assertThat(ending.err())
          .startsWith("error: cluster: replica 0 cannot listen at 127.0.0.1:")
          .contains("Maybe another process does, or the rank is that of another machine.");
      assertThat(ending.status()).isEqualTo(2);
    }
  }

  /** The first one writes and prints; what it wrote is that of one process, and goes on in one. */
  @Test
  void twoReplicasWriteOneRunWhichOneProcessGoesOnWith() throws IOException {
    String options =
        "--precision float64 --epochs 2 --pretrain-images 128 --probe-images 128 --checkpoint 1e --out ";
    Path out = folder.resolve("two");
    Ending ending = pretrain("--replicas 2 " + options + out);
    assertThat(ending.status()).as(ending.err()).isEqualTo(0);
    assertThat(ending.out()).containsOnlyOnce("replicas 2\n").containsOnlyOnce("4 steps in");
    Path one = folder.resolve("one");
    assertThat(pretrain(options + one).status()).isEqualTo(0);
    requireEqualCurves(out, one);

    Files.delete(out.resolve("summary.json"));
    Files.delete(out.resolve("checkpoints/01-pretrain-00000004.ckpt"));
    Ending resumed = Ending.of("resume", out, "--replicas", "1");
    assertThat(resumed.err()).contains("goes on after 2 steps of pretrain");
    assertThat(resumed.status()).isEqualTo(0);
    requireEqualCurves(out, one);
    assertThat(Ending.of("resume", out, "--replicas", "2").out()).contains("is finished");
  }

  private static void requireEqualCurves(Path run, Path expected) throws IOException {
    List<String> lines = Files.readAllLines(run.resolve("metrics.csv"));
    List<String> wanted = Files.readAllLines(expected.resolve("metrics.csv"));
    assertThat(lines).hasSameSizeAs(wanted);
    for (int i = 1; i < lines.size(); i++) {
      int comma = lines.get(i).lastIndexOf(',');
      assertThat(lines.get(i).substring(0, comma)).isEqualTo(wanted.get(i).substring(0, comma));
      assertThat(Double.parseDouble(lines.get(i).substring(comma + 1)))
          .isCloseTo(Double.parseDouble(wanted.get(i).substring(comma + 1)), within(1e-10));
    }
  }
}
