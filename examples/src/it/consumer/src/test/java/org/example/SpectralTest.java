package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bilevel4j.examples.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A method, an encoder and a data source are started by the names of their classes. */
class SpectralTest {
  @TempDir Path folder;

  @Test
  void pretrain() throws IOException {
    Path run = folder.resolve("run");
    int status =
        Main.run(
            "pretrain",
            Spectral.Published.class.getName(),
            "--encoder",
            GatedEncoder.class.getName(),
            "--data",
            Stripes.class.getName(),
            "--batch",
            "10",
            "--epochs",
            "2",
            "--device",
            "cpu",
            "--out",
            run.toString());
    assertEquals(0, status);
    List<String> metrics = Files.readAllLines(run.resolve("metrics.csv"));
    assertTrue(metrics.stream().anyMatch(row -> row.contains("alignment")), metrics.get(0));
    assertTrue(metrics.stream().anyMatch(row -> row.contains("constraint")), metrics.get(0));
  }
}
