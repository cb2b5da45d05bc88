package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.study.Shard;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which cells of a sweep are made, and where. */
final class SweepOptions {
  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "only the I-th of N parts, in the folder DIR/shard-I-of-N; runs that share a pre-training"
              + " are in the same part; sweep merge DIR joins them")
  private String shard;

  @Option(
      names = "--dry-run",
      description = "only print the runs with their steps and about how long they take")
  boolean dryRun;

  @Mixin JobsOption jobs = new JobsOption();

  @Option(names = ResumeCommand.OPTION, hidden = true)
  private Path resumed;

  /** The part. */
  Shard part() {
    return shard == null ? Shard.ALL : Shard.parse(shard);
  }

  /** The folder of the part. */
  Path folder(Path out) {
    if (resumed != null) {
      return resumed;
    }
    return shard == null ? out : out.resolve(part().folder());
  }
}
