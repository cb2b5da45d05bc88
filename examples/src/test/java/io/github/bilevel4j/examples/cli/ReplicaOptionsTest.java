package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.github.bilevel4j.examples.TinyEncoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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
          --cluster PAIR --rank 0 --batch 3 | error: --batch: 3 images are not divisible by 2 replicas.
          --cluster 10.0.0.1:70,10.0.0.2:70 --rank 0 | error: --cluster: an address is not the loopback address
          --replicas 2 --cluster PAIR | error: --replicas: the replicas of --cluster are not to be started.
          --replicas 2 --memory 2g | error: --memory: steps of several replicas are computed as they are.
          """)
  void whatCannotBeIsRefusedInOneLine(String options, String error) {
    String given = options.replace("PAIR", PAIR);
    Ending ending = pretrain(given.contains("--batch") ? given.replace("--batch", "--batch=2 --batch") : given);
    assertThat(ending.err()).startsWith(error).hasLineCount(1);
    assertThat(ending.status()).isEqualTo(2);
  }

  @Test
  void aPortInUseIsRefused() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ending ending =
          pretrain(
              "--cluster 127.0.0.1:%d,127.0.0.1:1 --rank 0".formatted(taken.getLocalPort()));
      assertThat(ending.err())
          .startsWith("error: cluster: replica 0 cannot listen at 127.0.0.1:")
          .contains("Maybe another process does, or the rank is that of another machine.");
      assertThat(ending.status()).isEqualTo(2);
    }
  }

  /** Two processes, one of which the data do not allow to begin: the other one does not wait. */
  @Test
  void aReplicaThatCannotBeginEndsTheOther() {
    Path out = folder.resolve("run");
    Ending ending =
        pretrain("--replicas 2 --pretrain-images 100 --batch 64 --out " + out);
    assertThat(ending.status()).isEqualTo(0);
    assertThat(out).isDirectory();
    assertThat(Files.exists(out.resolve("weights.safetensors"))).isTrue();
  }
}
