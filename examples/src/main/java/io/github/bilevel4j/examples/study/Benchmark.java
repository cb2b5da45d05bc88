package io.github.bilevel4j.examples.study;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The data sets of the paper's tables. */
public enum Benchmark {
  CIFAR_100("CIFAR-100", "cifar-?100", "cifar-100-binary.tar.gz", "cifar-100-python.tar.gz"),
  CIFAR_10("CIFAR-10", "cifar-?10", "cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"),
  STL_10("STL-10", "stl-?10", "stl10_binary.tar.gz", "stl10_binary"),
  TINY_IMAGENET("Tiny ImageNet", "tiny-?imagenet", "tiny-imagenet-200.zip", "tiny-imagenet-200"),
  IMAGENET_100("ImageNet-100", "imagenet-?100", "imagenet-100"),
  IMAGENET("ImageNet", "imagenet(?!te)", "imagenet"),
  PASCAL_VOC("PASCAL VOC", "voc", "VOC2007", "VOCdevkit", "voc.zip");

  /** Where they are looked for. */
  private static final Path FOLDER = Path.of("data");

  private final String title;
  private final String pattern;
  private final ImmutableList<String> files;

  Benchmark(String title, String pattern, String... files) {
    this.title = title;
    this.pattern = ".*" + pattern + ".*";
    this.files = ImmutableList.copyOf(files);
  }

  /** The one that a path's last name tells of. */
  static Optional<Benchmark> of(String source) {
    String name = Ascii.toLowerCase(source.substring(source.lastIndexOf('/') + 1));
    return Arrays.stream(values()).filter(each -> name.matches(each.pattern)).findFirst();
  }

  /** What is different at the published sizes. */
  ImmutableList<Setting> settings(Scale scale) {
    return (this == IMAGENET_100 || this == IMAGENET) && scale == Scale.PAPER
        ? ImmutableList.of(Setting.of("--encoder", "resnet50"))
        : ImmutableList.of();
  }

  /** Where it is; empty if it is not in the folder {@code data}. */
  public Optional<String> source() {
    return files.stream()
        .map(FOLDER::resolve)
        .filter(Files::exists)
        .map(Path::toString)
        .findFirst();
  }

  /** Where it is expected. */
  public Path expected() {
    return FOLDER.resolve(files.get(0));
  }

  /** The name in the paper. */
  @Override
  public String toString() {
    return title;
  }
}
