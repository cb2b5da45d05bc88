package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.study.Benchmark;
import io.github.bilevel4j.examples.study.Cell;
import io.github.bilevel4j.examples.study.Design;
import io.github.bilevel4j.examples.study.Scale;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.Studies;
import io.github.bilevel4j.examples.study.Study;
import io.github.bilevel4j.examples.study.StudyData;
import io.github.bilevel4j.examples.study.StudyFolder;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.run.Interruption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Runs all that a table or figure of the paper needs and lays it out. */
@Command(
    name = "reproduce",
    description =
        "Runs everything that a table or figure of the paper needs, and writes it in the paper's"
            + " layout with the paper's numbers beside; reproduce list tells which there are."
            + " Options of umm that are given, too, replace those of the scale. The same command"
            + " goes on after an interruption.")
final class ReproduceCommand extends PrintingCommand {
  private static final String OWN = "--data";
  private static final String BOXES = "--boxes";

  @Parameters(paramLabel = "WHAT", description = "table1, figure2 or another; list tells them all")
  private String what;

  @Unmatched private final List<String> arguments = new ArrayList<>();

  @Option(
      names = "--scale",
      description =
          "tiny (minutes on two cores, built-in pictures), small (hours on a processor) or paper"
              + " (the published sizes, for GPUs) (default: ${DEFAULT-VALUE})")
  private Scale scale = Scale.TINY;

  @Option(
      names = OWN,
      paramLabel = "SOURCE",
      description =
          "the data, may be repeated (default: builtin at scale tiny, otherwise the paper's in the"
              + " folder data)")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = BOXES,
      paramLabel = "SOURCE",
      description =
          "for table5, pictures with boxes in the format of PASCAL VOC, as dense-probe takes them"
              + " (default: VOC2007 in the folder data)")
  private String boxes;

  @Option(
      names = "--methods",
      split = ",",
      paramLabel = "METHOD",
      description = "separated by commas (default: the paper's, of smaller scales the first few)")
  private List<String> methods = new ArrayList<>();

  @Option(names = "--seeds", description = "seeds 1, 2, ... (default: 2 at scale tiny, else 5)")
  private Integer seeds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "folder of all runs, which tables and figures of a scale share (default:"
              + " runs/reproduce-SCALE)")
  private Path out;

  @Mixin private JobsOption jobs = new JobsOption();

  @Option(
      names = "--dry-run",
      description = "only print the runs with their steps and about how long they take")
  private boolean dryRun;

  @Override
  public Integer call() {
    if (what.equals("list")) {
      Studies.all().forEach(study -> print("%-10s %s", study.id(), study.title()));
      return 0;
    }
    Study study = Studies.get(what);
    Design design = design(study);
    Plan plan = Plan.of(StudyFolder.withNeeded(study.cells(design)));
    String caption = caption(study, design);
    if (dryRun) {
      tellOfOneSeed(design);
      print(plan.measured(jobs.count(design.common())));
      return 0;
    }
    Path path = out == null ? Path.of("runs", "reproduce-" + scale) : out;
    try (RunFolder folder =
            RunFolder.toContinue(
                path, spec.name(), ImmutableMap.of("scale", scale.toString()), ImmutableMap.of());
        Interruption interruption = Interruption.listen()) {
      return run(study, design, caption, folder, interruption);
    }
  }

  private Design design(Study study) {
    int count = seeds == null ? study.seeds(scale) : seeds;
    Require.in("--seeds").atLeast(1, "value", count);
    CommandOptions.Given given = CommandOptions.of("umm").read(arguments);
    for (Setting each : given.settings()) {
      if (List.of("--seed", "--method", "--controls", "--out", "--weights").contains(each.name())) {
        throw UsageError.in(each.name())
            .because("%s chooses it for each of its runs", what)
            .error();
      }
    }
    return new Design(
        scale,
        data(study),
        boxes(study),
        ImmutableList.copyOf(methods),
        count,
        Setting.replaced(study.settings(given.settings()), given.settings()),
        SweepRun.maker());
  }

  private ImmutableList<StudyData> data(Study study) {
    List<String> chosen = sources;
    if (chosen.isEmpty()) {
      chosen =
          switch (scale) {
            case TINY -> List.of(study.drawn());
            case SMALL -> List.of(found(study.benchmarks().get(0)));
            case PAPER -> study.benchmarks().stream().map(this::found).toList();
          };
    }
    ImmutableList<StudyData> data =
        chosen.stream().map(StudyData::new).collect(ImmutableList.toImmutableList());
    if (data.stream().map(StudyData::title).distinct().count() < data.size()) {
      throw UsageError.in(OWN).because("two data sets have the same name").error();
    }
    return data;
  }

  private Optional<StudyData> boxes(Study study) {
    if (!study.isOfDetection()) {
      if (boxes != null) {
        throw UsageError.in(BOXES).because("%s is not of detection", what).error();
      }
      return Optional.empty();
    }
    return Optional.of(new StudyData(boxes == null ? found(Benchmark.PASCAL_VOC) : boxes));
  }

  private String found(Benchmark benchmark) {
    return benchmark
        .source()
        .orElseThrow(
            () ->
                UsageError.in("reproduce")
                    .because(
                        "%s at scale %s needs %s, and there is no %s",
                        what, scale, benchmark, benchmark.expected())
                    .maybe(
                        "it should be put there as downloaded, or %s PATH was meant.",
                        benchmark == Benchmark.PASCAL_VOC ? BOXES : OWN));
  }

  /** Reads the data, which tells before any training if they cannot be used. */
  private String caption(Study study, Design design) {
    List<String> pictures = new ArrayList<>();
    for (StudyData data : design.data()) {
      List<String> line = new ArrayList<>(List.of("--data", data.source()));
      line.addAll(arguments);
      ImageDataset read =
          ((UmmCommand) CommandOptions.of("umm").read(line).command()).options.setup.data.read();
      read.requireClasses(what);
      pictures.add(
          String.format(Locale.ROOT, "%,d test pictures of %s", read.test().count(), data.title()));
    }
    design
        .boxes()
        .map(data -> DenseProbeCommand.read(data.source()))
        .ifPresent(
            read ->
                pictures.add(
                    String.format(
                        Locale.ROOT,
                        "%,d with %,d boxes of %d classes",
                        read.test().images().count(),
                        read.test().count(),
                        read.classNames().size())));
    return String.format(
        Locale.ROOT,
        "%s%s: %s.%n%s, %d %s, scale %s: %s.%n",
        study.id().substring(0, 1).toUpperCase(Locale.ROOT),
        study.id().substring(1).replaceFirst("(\\d+)$", " $1"),
        study.title(),
        String.join(", ", pictures),
        design.seeds(),
        design.seeds() == 1 ? "seed" : "seeds",
        scale,
        design.common().stream().map(Setting::argument).collect(Collectors.joining(" ")));
  }

  private void tellOfOneSeed(Design design) {
    if (design.seeds() == 1) {
      warn("--seeds: " + Study.ONE_SEED + " Two or more tell whether a difference counts.");
    }
  }

  private int run(
      Study study, Design design, String caption, RunFolder folder, Interruption interruption) {
    tellOfOneSeed(design);
    StudyFolder cells = new StudyFolder(folder.path(), jobs.program(design.common()), this::print);
    ImmutableList<Cell> all = study.cells(design);
    String file = study.id() + ".md";
    cells.run(
        all, interruption, () -> folder.writeText(file, study.layout(design, cells, caption)));
    String text = study.layout(design, cells, caption);
    String failed =
        cells.failures().stream()
            .map(failure -> "failed: " + failure + "\n")
            .collect(Collectors.joining());
    folder.writeText(file, text + failed);
    print((Object) ("\n" + text + failed));
    if (interruption.getAsBoolean()) {
      print("interrupted; the same command goes on with " + folder.path());
      return CommandRun.INTERRUPTED;
    }
    print("written to " + folder.file(file));
    return cells.failures().isEmpty() ? 0 : 1;
  }
}
