package io.github.bilevel4j.examples.cli;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.cluster.ClusterVariables;
import io.github.bilevel4j.examples.cluster.DataIdentity;
import io.github.bilevel4j.examples.cluster.LocalReplicas;
import io.github.bilevel4j.experiment.Agreement;
import io.github.bilevel4j.experiment.ExperimentSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** Several processes that train together. */
final class ReplicaOptions {
  private static final String REPLICAS = "--replicas";
  private static final String CLUSTER = "--cluster";
  private static final String RANK = "--rank";
  private static final String PORT = "--cluster-port";
  private static final String TIMEOUT = "--replica-timeout";
  private static final String TRUSTED = "--trusted-network";
  private static final String AUTO = "auto";

  /** Those that a run that is resumed may be given others of. */
  static final ImmutableSet<String> NAMES =
      ImmutableSet.of(REPLICAS, CLUSTER, RANK, PORT, TIMEOUT, TRUSTED);

  /** What replicas may be told differently: where they are, and what the first one writes. */
  private static final ImmutableSet<String> OWN =
      ImmutableSet.of(
          RANK,
          PORT,
          TIMEOUT,
          TRUSTED,
          CLUSTER,
          "--out",
          "--device",
          "--data",
          "--checkpoint",
          "--keep",
          "--tensorboard",
          ResumeCommand.OPTION);

  @Option(
      names = REPLICAS,
      paramLabel = "N",
      description =
          "train in N processes of this machine, each with an equal part of every batch, to the"
              + " numbers of one process up to rounding")
  Integer replicas;

  @Option(
      names = CLUSTER,
      paramLabel = "HOST:PORT,...",
      description =
          "be one of several processes, on other machines too, that train together and listen at"
              + " these addresses; auto takes addresses and rank from the variables of Slurm or"
              + " torchrun")
  String cluster;

  @Option(
      names = RANK,
      paramLabel = "R",
      description = "which of --cluster this process is, counted from 0; the first one writes")
  Integer rank;

  @Option(
      names = PORT,
      paramLabel = "PORT",
      description =
          "with --cluster auto under Slurm, the first port of each machine (default:"
              + " ${DEFAULT-VALUE})")
  int port = 29400;

  @Option(
      names = TIMEOUT,
      paramLabel = "SECONDS",
      description =
          "end the run if a replica takes longer than this for a step, what it does between steps"
              + " included (default: ${DEFAULT-VALUE})")
  int timeout = 300;

  @Option(
      names = TRUSTED,
      description =
          "allow addresses of other machines: whoever reaches the ports may compute in the"
              + " processes, so the network has to be closed")
  boolean trusted;

  /** Whether this process is a replica other than the first one, which has the run's folder. */
  boolean isFollowing() {
    return (cluster == null ? LocalReplicas.own(timeout()) : cluster())
        .filter(own -> own.rank() > 0)
        .isPresent();
  }

  /**
   * The arguments of a run with the replicas that a command that goes on with it is told, if it is
   * told any.
   *
   * @throws UsageError if the run's command has no replicas
   */
  List<String> inPlaceOf(CommandSpec resuming, List<String> arguments) {
    ParseResult told = resuming.commandLine().getParseResult();
    List<String> given = new ArrayList<>();
    for (OptionSpec option : ImmutableSet.copyOf(told.matchedOptions())) {
      if (NAMES.contains(option.longestName())) {
        given.add(option.longestName());
        if (option.arity().max() > 0) {
          given.addAll(option.originalStringValues());
        }
      }
    }
    if (given.isEmpty()) {
      return arguments;
    }
    List<String> others = new ArrayList<>();
    String[] line = arguments.toArray(String[]::new);
    ParseResult run = Main.programFor(line).parseArgs(line).subcommand();
    CommandSpec command = run.commandSpec();
    if (command.findOption(REPLICAS) == null) {
      throw UsageError.in(given.get(0))
          .because("the run is of the command %s, which has no replicas", command.name())
          .maybe("resume without it was meant.");
    }
    for (int i = 0; i < arguments.size(); i++) {
      OptionSpec option = command.findOption(Splitter.on('=').splitToList(arguments.get(i)).get(0));
      if (option == null || !NAMES.contains(option.longestName())) {
        others.add(arguments.get(i));
      } else if (option.arity().max() > 0 && !arguments.get(i).contains("=")) {
        i++;
      }
    }
    others.addAll(given);
    return others;
  }

  /** Whether this process is to start others, and does not train itself. */
  private boolean starts(Optional<Cluster> own) {
    return replicas != null && replicas > 1 && own.isEmpty();
  }

  /**
   * Starts the replicas of this machine, if they are asked for.
   *
   * @param batch which they share
   * @return the status in which they ended; empty in a process that trains itself
   */
  OptionalInt launched(PrintingCommand command, DeviceOptions device, int batch) {
    requireConsistent(device, batch);
    if (!starts(LocalReplicas.own(timeout()))) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        LocalReplicas.run(
            replicas,
            Main.class.getName(),
            command.spec.root().commandLine().getParseResult().originalArgs(),
            command.spec.commandLine().getOut(),
            command.spec.commandLine().getErr()));
  }

  private Duration timeout() {
    return Duration.ofSeconds(timeout);
  }

  private void requireConsistent(DeviceOptions device, int batch) {
    if (replicas != null) {
      Require.in(REPLICAS).atLeast(1, "value", replicas);
    }
    Require.in(TIMEOUT).atLeast(1, "value", timeout);
    if (replicas != null && cluster != null) {
      throw UsageError.in(REPLICAS)
          .because("the replicas of --cluster are not to be started")
          .maybe("one of the two was meant.");
    }
    if (rank != null && (cluster == null || cluster.equals(AUTO))) {
      throw UsageError.in(RANK)
          .because(cluster == null ? "there is no --cluster" : "auto has it from the variables")
          .maybe("--cluster HOST:PORT,HOST:PORT was meant, too.");
    }
    Optional<Cluster> own = cluster();
    own.ifPresent(this::requireTrusted);
    int number = own.map(Cluster::replicas).orElse(replicas == null ? 1 : replicas);
    if (batch % number != 0) {
      throw UsageError.in("--batch")
          .because("%d images are not divisible by %d replicas", batch, number)
          .maybe("%d was meant.", Math.max(number, batch - batch % number));
    }
    if (number > 1) {
      device.requireWhole();
    }
  }

  private void requireTrusted(Cluster own) {
    if (!own.isLocal() && !trusted) {
      throw UsageError.in(CLUSTER)
          .because("an address is not the loopback address, and the ports have no authentication")
          .value("addresses", String.join(",", own.addresses()))
          .maybe("%s was meant, in a network that is closed.", TRUSTED);
    }
  }

  /** What this process is one of; empty if it trains alone. */
  private Optional<Cluster> cluster() {
    if (cluster == null) {
      return LocalReplicas.own(timeout());
    }
    if (cluster.equals(AUTO)) {
      return Optional.of(ClusterVariables.of(System.getenv(), port).within(timeout()));
    }
    if (rank == null) {
      throw UsageError.in(CLUSTER)
          .because("it is not told which of the addresses is this process's")
          .maybe("%s 0 was meant, too, or %s auto.", RANK, CLUSTER);
    }
    return Optional.of(
        Cluster.of(Splitter.on(',').trimResults().splitToList(cluster), rank).within(timeout()));
  }

  /**
   * The engine of a training: of one process, or of one replica, after it has found that all were
   * told the same.
   */
  TensorFlowEngine open(
      PrintingCommand command, DeviceOptions device, ExperimentSettings settings) {
    Optional<Cluster> own = cluster();
    own.filter(each -> each.rank() > 0).ifPresent(each -> command.follow());
    own.filter(each -> !each.isLocal())
        .ifPresent(
            each ->
                command.print(
                    "cluster at %s: whoever reaches port %s of this machine may compute in this"
                        + " process, it has no authentication",
                    String.join(",", each.addresses()), port(each)));
    if (device.deterministic == null) {
      LocalReplicas.own(timeout()).ifPresent(ReplicaOptions::shareProcessors);
    }
    TensorFlowEngine engine = device.open(own);
    try {
      if (own.isPresent()) {
        Agreement.among(engine).requireSame("cluster", told(command, settings));
      }
      own.ifPresent(each -> command.print("replicas %d", each.replicas()));
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
    return engine;
  }

  /** Together they have the threads that one process has. */
  private static void shareProcessors(Cluster own) {
    int processors = Runtime.getRuntime().availableProcessors();
    TensorFlowEngine.useThreads(Math.max(1, processors / own.replicas()));
  }

  private static String port(Cluster own) {
    String address = own.addresses().get(own.rank());
    return address.substring(address.lastIndexOf(':') + 1);
  }

  /** What has to be equal. */
  private static ImmutableMap<String, String> told(
      PrintingCommand command, ExperimentSettings settings) {
    Map<String, String> told = new LinkedHashMap<>();
    told.put("command", command.spec.name());
    for (OptionSpec option : command.spec.options()) {
      if (!OWN.contains(option.longestName())
          && !option.usageHelp()
          && !option.versionHelp()
          && option.getValue() != null) {
        told.put(option.longestName(), CommandRun.text(option.getValue()));
      }
    }
    command.spec.positionalParameters().stream()
        .filter(each -> each.getValue() != null)
        .forEach(each -> told.put(each.paramLabel(), CommandRun.text(each.getValue())));
    told.put("bilevel4j", Versions.bilevel4j());
    told.put("TensorFlow", TensorFlowEngine.version());
    told.put("Java", Runtime.version().toString());
    told.put("images", settings.data().pretraining().toString());
    told.put("hash of the images", DataIdentity.hash(settings.data()));
    return ImmutableMap.copyOf(told);
  }
}
