package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.weights.SafeTensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a tiny folder of pictures: what they write, and how they refuse bad input. */
class CommandLineTest {
  private static final String LEFT_OUT = "left out";

  static final String TOO_FEW =
      "error: evaluation: the 5 nearest neighbors vote, but the train part has 4 images.";

  @TempDir static Path shared;

  @TempDir Path folder;

  @BeforeAll
  static void makePictures() throws IOException {
    drawPictures(shared.resolve("data"));
  }

  /** Draws eight dark and eight light pictures for training and as many for testing. */
  static void drawPictures(Path data) throws IOException {
    drawPictures(data, 8);
  }

  /** As many of each kind in each part. */
  static void drawPictures(Path data, int count) throws IOException {
    Random random = new Random(1);
    for (String part : new String[] {"train", "test"}) {
      for (String name : new String[] {"dark", "light"}) {
        Path pictures = Files.createDirectories(data.resolve(part + "/" + name));
        for (int i = 0; i < count; i++) {
          BufferedImage picture = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
          int base = name.equals("dark") ? 40 : 160;
          for (int p = 0; p < 256; p++) {
            int level = base + random.nextInt(60);
            picture.setRGB(p % 16, p / 16, (level << 16) | (level << 8) | random.nextInt(256));
          }
          ImageIO.write(picture, "png", pictures.resolve(i + ".png").toFile());
        }
      }
    }
  }

  /** Runs {@code umm} on the pictures with some options, by name and value, added or changed. */
  private Ending umm(String out, Object... changed) {
    Map<Object, Object> options = new LinkedHashMap<>();
    options.put("--data", shared.resolve("data"));
    options.put("--batch", 8);
    options.put("--epochs", 1);
    options.put("--umm-epochs", 1);
    options.put("--encoder", TinyEncoder.NAME);
    options.put("--device", "cpu");
    options.put("--out", folder.resolve(out));
    for (int i = 0; i < changed.length; i += 2) {
      options.put(changed[i], changed[i + 1]);
    }
    options.values().removeIf(LEFT_OUT::equals);
    List<Object> arguments = new ArrayList<>(List.of("umm"));
    options.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    return Ending.of(arguments.toArray());
  }

  private static String table(Ending ended) {
    return String.join("\n", ended.out().lines().filter(line -> line.startsWith("|")).toList());
  }

  private void assertRefused(Ending ended, String message) {
    assertThat(ended.err().strip()).isEqualTo("error: " + message);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void ummWritesItsFolderAndRepeatsWithTheSeed() throws IOException {
    Ending first = umm("a", "--seed", 5);
    Ending second = umm("b", "--seed", 5);
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(table(first)).contains("layer1").contains("pool").isEqualTo(table(second));
    assertThat(folder.resolve("a"))
        .isDirectoryContaining("glob:**/config.json")
        .isDirectoryContaining("glob:**/metrics.csv")
        .isDirectoryContaining("glob:**/summary.json")
        .isDirectoryContaining("glob:**/curves.png")
        .isDirectoryContaining("glob:**/weights.safetensors");
    assertThat(new ObjectMapper().readTree(folder.resolve("a/config.json").toFile()).get("seed"))
        .hasToString("\"5\"");
    assertThat(Files.readAllLines(folder.resolve("a/metrics.csv")))
        .isEqualTo(Files.readAllLines(folder.resolve("b/metrics.csv")))
        .anyMatch(line -> line.startsWith("umm,0,inner/memorization,"));
  }

  @Test
  void everyEstimatorRuns() {
    for (String estimator : new String[] {"cg", "first-order", "darts"}) {
      Ending ended = umm(estimator, "--estimator", estimator, "--inner-rate", 0.005);
      assertThat(ended.status()).as(ended.err()).isZero();
    }
  }

  @Test
  void otherDensityAndCodingRate() {
    Ending ended = umm("a", "--density", "projected", "--coding-rate", "instances");
    assertThat(ended.status()).as(ended.err()).isZero();
  }

  private static List<String> moments(Ending ended) {
    return ended
        .out()
        .lines()
        .filter(line -> line.startsWith("| pool"))
        .map(line -> line.split("\\|", -1)[2].strip())
        .toList();
  }

  private List<String> metrics(String out) throws IOException {
    return Files.readAllLines(folder.resolve(out + "/metrics.csv"));
  }

  @Test
  void jointTrainingFromTheBeginningAndFromWeights() throws IOException {
    Ending first = umm("a", "--mode", "joint", "--umm-epochs", LEFT_OUT, "--method", "byol");
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(moments(first)).containsExactly("initial", "joint");
    assertThat(first.out()).contains("pretrain: minimization").contains("umm: bi-level problem");
    assertThat(metrics("a"))
        .anyMatch(line -> line.startsWith("joint,1,ssl/total,"))
        .anyMatch(line -> line.startsWith("joint,1,umm/outer/coding rate reduction,"))
        .noneMatch(line -> line.startsWith("joint,2,"))
        .noneMatch(line -> line.startsWith("pretrain,"));
    assertThat(folder.resolve("a/pretrained.safetensors")).doesNotExist();
    Path weights = folder.resolve("a/weights.safetensors");
    Ending second =
        umm(
            "b",
            "--mode",
            "joint",
            "--umm-epochs",
            LEFT_OUT,
            "--method",
            "byol",
            "--weights",
            weights,
            "--alpha",
            0);
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(moments(second)).containsExactly("loaded", "joint, alpha 0");
    assertThat(metrics("b")).noneMatch(line -> line.contains("coding rate reduction"));
  }

  @Test
  void singleLevelTrainingWithAndWithoutATerm() throws IOException {
    Ending first = umm("a", "--mode", "single-level");
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(moments(first)).containsExactly("before", "single-level");
    assertThat(first.out())
        .contains("single-level umm: minimization")
        .contains("+ memorization")
        .contains("- 0.01 coding rate reduction");
    assertThat(metrics("a"))
        .anyMatch(line -> line.startsWith("single-level,1,memorization,"))
        .noneMatch(line -> line.startsWith("umm,"));
    Path weights = folder.resolve("a/weights.safetensors");
    Ending second =
        umm("b", "--mode", "single-level", "--epochs", LEFT_OUT, "--weights", weights, "--beta", 0);
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(moments(second)).containsExactly("before", "single-level, beta 0");
    assertThat(second.out()).doesNotContain("memorization");
  }

  @Test
  void ablationsAreNamedInTheTable() throws IOException {
    Ending ended = umm("a", "--alpha", 0, "--beta", 0);
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(moments(ended)).containsExactly("before", "after, alpha 0, beta 0");
    assertThat(ended.out()).doesNotContain("memorization").doesNotContain("coding rate reduction");
    assertThat(metrics("a"))
        .noneMatch(line -> line.contains("memorization"))
        .anyMatch(line -> line.startsWith("umm,0,outer/alignment,"));
  }

  @Test
  void epochsOfUmmInJointTraining() {
    assertRefused(
        umm("a", "--mode", "joint"),
        "--umm-epochs: with --mode joint each epoch has both kinds of steps."
            + "  Maybe --epochs was meant.");
  }

  @Test
  void epochsWithoutPretraining() {
    assertRefused(
        umm("a", "--weights", "weights.safetensors"),
        "--epochs: with --weights nothing is pre-trained."
            + "  Maybe --umm-epochs or --mode joint was meant.");
  }

  @Test
  void innerStepsWithoutAnInnerLevel() {
    for (String option : new String[] {"--inner-steps", "--cg-steps"}) {
      assertRefused(
          umm("a", "--mode", "single-level", option, 2),
          option
              + ": with --mode single-level there is no inner level."
              + "  Maybe --mode bilevel was meant.");
    }
    assertRefused(
        umm("a", "--mode", "single-level", "--estimator", "cg"),
        "--estimator: with --mode single-level there is no inner level."
            + "  Maybe --mode bilevel was meant.");
  }

  @Test
  void pretrainThenProbe() {
    Ending pretrained =
        Ending.of(
            "pretrain",
            "simclr",
            "--data",
            shared.resolve("data"),
            "--batch",
            8,
            "--epochs",
            1,
            "--out",
            folder.resolve("p"));
    assertThat(pretrained.status()).as(pretrained.err()).isZero();
    Ending probed =
        Ending.of(
            "probe",
            "--data",
            shared.resolve("data"),
            "--batch",
            8,
            "--weights",
            folder.resolve("p/weights.safetensors"));
    assertThat(probed.status()).as(probed.err()).isZero();
    assertThat(table(probed)).contains("stem").contains("layer3").contains("pool");
  }

  @Test
  void list() {
    Ending ended = Ending.of("list");
    assertThat(ended.status()).isZero();
    assertThat(ended.out()).contains("simclr").contains("resnet18").contains("cg");
  }

  @Test
  void batchLargerThanTheData() {
    assertRefused(
        umm("a", "--batch", 17),
        "batches: a batch of 17 cannot be drawn from 16 examples. "
            + " Maybe the batch should be between 1 and 16.");
  }

  @Test
  void aBudgetOfMemoryBelowWhatAStepNeedsIsRefusedWithTheNumber() {
    Ending ended = umm("a", "--batch", 4, "--memory", "64m");
    assertThat(ended.err())
        // Not those of its pre-training, after which it would be too late.
        .startsWith("error: compile \"umm")
        .containsPattern("a step needs [\\d,]+ MB, and no more than 64 MB are allowed")
        .contains("program and libraries");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(folder).isEmptyDirectory();
    Ending pretrained =
        Ending.of("pretrain", "simclr", "--memory", "64m", "--out", folder.resolve("b"));
    assertThat(pretrained.err())
        .startsWith("error: compile \"pretrain")
        .contains("no more than 64 MB are allowed");
    assertThat(folder).isEmptyDirectory();
    assertThat(umm("a", "--memory", "much").err())
        .contains("memory budget: \"much\" is no size")
        .contains("Maybe a number and a unit was meant, for instance 8g or 900m.");
  }

  @Test
  void tooFewPicturesAreRefusedBeforeTheFirstStep() throws IOException {
    Path few = folder.resolveSibling(folder.getFileName() + "-few");
    drawPictures(few, 2);
    assertThat(umm("a", "--data", few, "--batch", 4).err()).startsWith(TOO_FEW);
    Ending pretrained = Ending.of("pretrain", "simclr", "--data", few, "--batch", 4);
    assertThat(pretrained.err()).startsWith(TOO_FEW);
    assertThat(pretrained.status()).isEqualTo(2);
    assertThat(folder).isEmptyDirectory();
  }

  private void assertKept(String out, String... files) throws IOException {
    for (String file : files) {
      assertThat(folder.resolve(out).resolve(file)).isNotEmptyFile();
    }
    assertThat(folder.resolve(out)).isDirectoryNotContaining("glob:**.part");
    assertThat(SafeTensors.read(folder.resolve(out).resolve("weights.safetensors")).values())
        .allSatisfy(
            array ->
                assertThat(Arrays.stream(array.toDoubles()).allMatch(Double::isFinite)).isTrue());
  }

  @Test
  void divergenceNamesLevelAndRateAndKeepsWhatWasTrained() throws IOException {
    Ending outer = umm("a", "--outer-rate", 1e30, "--encoder", "small");
    assertThat(outer.status()).isEqualTo(1);
    assertThat(outer.err())
        .contains("error: training \"umm\": step 1 cannot be computed.  ")
        .contains("run \"umm/outer\": a matrix is not positive definite")
        .contains("outer level Adam, rate from 1.0E30 to 0.0 along a cosine in 2 steps")
        .endsWith("  Maybe the rate of the outer level is too high.\n");
    assertThat(outer.out()).endsWith("failed; what was done is in " + folder.resolve("a") + "\n");
    assertKept(
        "a", "config.json", "metrics.csv", "curves.png", "summary.json", "pretrained.safetensors");
    assertThat(new ObjectMapper().readTree(folder.resolve("a/summary.json").toFile()).get("failed"))
        .asString()
        .contains("step 1 cannot be computed");
    Ending inner = umm("b", "--inner-rate", 1e30, "--encoder", "small");
    assertThat(inner.status()).isEqualTo(1);
    assertThat(inner.err())
        .contains("inner level 1 x SGD, rate 1.0E30 largest variable")
        .endsWith("  Maybe the rate of the inner level is too high.\n");
    assertKept("b", "metrics.csv", "curves.png", "summary.json");
  }

  /** Folders are in the place of the picture and of the weights. */
  @Test
  void filesThatCannotBeWrittenAreToldAndEndWithStatusOne() throws IOException {
    Path out = folder.resolve("a");
    Ending ended =
        meanwhile(
            out.resolve("metrics.csv"),
            () -> {
              Files.createDirectories(out.resolve("curves.png/in the way"));
              Files.createDirectories(out.resolve("weights.safetensors/in the way"));
            },
            () -> umm("a"));
    assertThat(ended.status()).isEqualTo(1);
    for (String name : new String[] {"curves.png", "weights.safetensors"}) {
      String message = out.resolve(name) + " cannot be written: Is a directory (";
      assertThat(ended.err().lines().filter(line -> line.contains(message)))
          .hasSize(2)
          .anyMatch(line -> line.startsWith("error: "));
    }
    String instead =
        ended
            .err()
            .lines()
            .filter(l -> l.startsWith("the weights are in "))
            .findFirst()
            .orElseThrow();
    assertThat(Path.of(instead.split(" ", -1)[4])).isNotEmptyFile();
    assertThat(out.resolve("summary.json")).isNotEmptyFile();
  }

  @Test
  void deletedFolderIsMadeAgain() throws IOException {
    Path out = folder.resolve("a");
    Ending ended =
        meanwhile(
            out.resolve("pretrained.safetensors"),
            () -> MoreFiles.deleteRecursively(out, RecursiveDeleteOption.ALLOW_INSECURE),
            () -> umm("a", "--umm-epochs", 3));
    assertThat(ended.status()).as(ended.err()).isZero();
    assertKept("a", "config.json", "metrics.csv", "curves.png", "summary.json", ".lock");
    assertThat(metrics("a"))
        .startsWith("phase,step,metric,value")
        .anyMatch(line -> line.startsWith("pretrain,1,total,"))
        .anyMatch(line -> line.startsWith("umm,5,hypergradient norm,"));
  }

  /** Something that may fail with an exception of files. */
  @FunctionalInterface
  private interface Act {
    void run() throws IOException;
  }

  /** Runs a command, and does something once a file is there. */
  private static Ending meanwhile(Path file, Act act, Supplier<Ending> command) {
    AtomicBoolean ended = new AtomicBoolean();
    CompletableFuture<Void> done =
        CompletableFuture.runAsync(
            () -> {
              while (!Files.exists(file) && !ended.get()) {
                Thread.onSpinWait();
              }
              try {
                act.run();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    Ending ending = command.get();
    ended.set(true);
    done.join();
    return ending;
  }

  @Test
  void unknownStage() {
    assertRefused(
        umm("a", "--early", "layer9"),
        "encoder: there is no stage \"layer9\".  stages stem, layer1, layer2, pool "
            + " Maybe one of these was meant.");
  }

  @Test
  void negativeWeight() {
    assertRefused(umm("a", "--alpha", "-1"), "UMM: the alpha must be zero or more, got -1.0.");
  }

  @Test
  void noEpochs() {
    assertRefused(umm("a", "--epochs", 0), "--epochs: the value must be 1 or more, got 0.");
  }

  @Test
  void missingWeights() {
    Ending ended = umm("a", "--epochs", LEFT_OUT, "--weights", folder.resolve("none.safetensors"));
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().lines()).hasSize(1);
    assertThat(ended.err()).contains("none.safetensors");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void missingData() {
    Ending ended = umm("a", "--data", folder.resolve("nowhere"));
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().lines()).hasSize(1);
    assertThat(ended.err()).contains("nowhere").contains("Maybe");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void damagedPictures(@TempDir Path pictures) throws IOException {
    drawPictures(pictures);
    Ending whole = Ending.of("list", "--damaged", pictures);
    assertThat(whole.status()).as(whole.err()).isZero();
    assertThat(whole.out()).isEqualTo("0 of the pictures cannot be read\n");
    Files.write(pictures.resolve("train/light/3.png"), new byte[0]);
    Files.write(pictures.resolve("test/dark/5.png"), new byte[9]);
    assertThat(Ending.of("list", "--damaged", pictures).out())
        .isEqualTo(
            """
            train/light/3.png: the file is empty
            test/dark/5.png: it is neither a JPEG nor a PNG file
            2 of the pictures cannot be read
            """);
    assertRefused(
        umm("a", "--data", pictures),
        "read images: 2 of 32 pictures of %s cannot be read.  train/light/3.png the file is empty "
                .formatted(pictures)
            + " test/dark/5.png it is neither a JPEG nor a PNG file  Maybe copy them again, save"
            + " them anew as RGB JPEG or PNG, or leave them out (--skip-damaged).");
    List<Object> arguments = new ArrayList<>(List.of("pretrain", "simclr", "--skip-damaged"));
    arguments.addAll(List.of("--data", pictures, "--batch", 8, "--epochs", 1, "--device", "cpu"));
    arguments.addAll(List.of("--out", folder.resolve("a")));
    Ending rest = Ending.of(arguments.toArray());
    assertThat(rest.status()).as(rest.err()).isZero();
    assertThat(Files.readString(folder.resolve("a/config.json")))
        .containsPattern("\"skip-damaged\" *: *\"?true");
  }

  @Test
  void picturesWithoutClasses(@TempDir Path pictures) throws IOException {
    drawPictures(pictures);
    Path light = pictures.resolve("train/light");
    Ending pretrained =
        Ending.of(
            "pretrain",
            "simclr",
            "--data",
            light,
            "--batch",
            4,
            "--epochs",
            1,
            "--device",
            "cpu",
            "--out",
            folder.resolve("a"));
    assertThat(pretrained.status()).as(pretrained.err()).isZero();
    assertThat(pretrained.out())
        .contains("data    images of " + light + ", without classes\n")
        .contains("the images have no classes: features are not evaluated");
    Ending probed =
        Ending.of(
            "probe",
            "--data",
            light,
            "--batch",
            4,
            "--weights",
            folder.resolve("a/weights.safetensors"));
    assertThat(probed.status()).isEqualTo(2);
    assertThat(probed.err())
        .isEqualTo(
            ("error: probe: the images have no classes, which evaluation needs.  data images of"
                    + " %s, without classes  Maybe they serve pretrain; sort them into"
                    + " train/CLASS/ and test/CLASS/ for the rest.\n")
                .formatted(light));
  }

  @Test
  void choicesOfData(@TempDir Path pictures) throws IOException {
    drawPictures(pictures);
    Path list = Files.writeString(pictures.resolve("list"), "train/light/3.png\nnowhere/1.png\n");
    Ending missing = umm("a", "--data", pictures, "--subset", list);
    assertRefused(
        missing,
        "--subset: 1 of 2 files that %s names are missing in %s.  nowhere/1.png  Maybe the data"
                .formatted(list, pictures)
            + " were not copied to their end, or the list is of others.");
    Ending verified = Ending.of("pretrain", "simclr", "--data", pictures, "--verify");
    assertThat(verified.err()).startsWith("error: --verify: no checksum of " + pictures);
    Ending choice = umm("a", "--data", pictures, "--pretrain-on", "labeled");
    assertThat(choice.status()).isEqualTo(2);
    assertThat(choice.err()).contains("unlabeled+train");
  }

  @Test
  void argumentsThatTheLocaleCannotWrite() {
    for (String option : new String[] {"--data", "--out", "--weights"}) {
      Ending ended = Ending.of("umm", option, "\uFFFD\uFFFD");
      assertThat(ended.status()).isEqualTo(2);
      assertThat(ended.err().lines()).hasSize(1);
      assertThat(ended.err())
          .startsWith("error: arguments: \"\uFFFD\uFFFD\" has bytes that are no characters in the")
          .contains("Maybe set LC_ALL");
    }
  }

  @Test
  void aNameThatNoFileCanHave() {
    assertThat(umm("a", "--data", "nul\0").err().lines()).hasSize(1);
  }

  @Test
  void outputFolderThatExists() throws IOException {
    Path existing = Files.createDirectory(folder.resolve("a"));
    Ending ended = umm("a");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().strip())
        .isEqualTo(
            "error: output folder: "
                + existing
                + " exists.  Maybe another folder was meant; runs are never written over.");
    assertThat(existing).isEmptyDirectory();
  }

  @Test
  void outputFolderThatCannotBeMade() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Ending ended = umm("file/run");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().strip())
        .isEqualTo(
            "error: output folder: "
                + file.resolve("run")
                + " cannot be made.  Maybe a place that may be written to was meant.");
  }

  @Test
  void wrongOption() {
    Ending ended = Ending.of("umm", "--epoch", 3);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err())
        .startsWith("error: Unknown option")
        .contains("Maybe bilevel4j umm --help has the right one.");
  }

  @Test
  void wrongMethod() {
    Ending ended = Ending.of("pretrain", "simclear");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err()).startsWith("error: Invalid value for positional parameter");
  }
}
