package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.experiment.SavedNormalization;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import io.github.bilevel4j.weights.WeightsFile;
import io.github.bilevel4j.weights.WeightsImport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes an encoder from a file of another program. */
@Command(
    name = "import",
    description =
        "Takes a ResNet from a file of another program (torchvision, timm, solo-learn, lightly,"
            + " MoCo, SimSiam, BYOL, Barlow Twins, SwAV, VICReg, DINO, VISSL) and writes it as this"
            + " program's safetensors. No code in the file is run.")
final class ImportCommand extends PrintingCommand {
  /** The sides of pictures that have the two stems. */
  private static final int SMALL_SIDE = 32;

  private static final int LARGE_SIDE = 224;

  /** The first convolutions. */
  enum Stem {
    SMALL,
    IMAGENET
  }

  @Parameters(paramLabel = "FILE", description = "the weights: .pth, .pt, .ckpt or .safetensors")
  Path path;

  @Option(
      names = "--into",
      paramLabel = "resnet18|resnet50",
      description = "the encoder that is wanted (default: the one in the file)")
  EncoderKind into;

  @Option(
      names = "--stem",
      paramLabel = "small|imagenet",
      description =
          "the stem that is wanted: 3 x 3 pixels, or 7 x 7 (default: the one in the file)")
  Stem stem;

  @Mixin ForeignOptions options = new ForeignOptions();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "what to write (default: FILE's name with .imported.safetensors)")
  Path out;

  @Override
  public Integer call() {
    try (WeightsFile file = WeightsFile.open(path)) {
      Optional<String> prefix = Optional.ofNullable(options.prefix);
      WeightsImport.Architecture found = WeightsImport.architecture(file, prefix);
      WeightsImport imported = WeightsImport.of(file, encoder(found).variables(), prefix);
      imported.takeHead("projector");
      imported.takeHead("predictor");
      print(imported.report());
      NormalizedBy normalizedBy =
          options.normalizedBy == null ? NormalizedBy.of(found) : options.normalizedBy;
      print("normalized by %s", normalizedBy);
      Path target = target();
      SafeTensors.write(
          target,
          imported.values(),
          ElementType.F32,
          ImmutableMap.<String, String>builder()
              .put(WeightsOption.IMPORTED, path.getFileName().toString())
              .putAll(SavedNormalization.metadata(normalizedBy.normalize()))
              .buildOrThrow());
      print("written to " + target);
      return 0;
    }
  }

  private Encoder encoder(WeightsImport.Architecture found) {
    EncoderKind kind = found.hasBottlenecks() ? EncoderKind.RESNET50 : EncoderKind.RESNET18;
    boolean isSmall = stem == null ? found.stem() == 3 : stem == Stem.SMALL;
    return (into == null ? kind : into).init(Scope.seed(1), isSmall ? SMALL_SIDE : LARGE_SIDE);
  }

  private Path target() {
    Path target =
        out != null
            ? out
            : path.resolveSibling(
                path.getFileName().toString().replaceFirst("\\.(pth|pt|ckpt|safetensors)$", "")
                    + ".imported.safetensors");
    if (Files.exists(target)) {
      throw UsageError.in("import")
          .because("%s exists", target)
          .maybe("--out with another name was meant; weights are never written over.");
    }
    return target;
  }
}
