package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** Data sets that are known by the names of their files. */
enum DownloadKind {
  CIFAR_10_BINARY(
      ImmutableSet.copyOf(CifarBinary.CIFAR_10.files()),
      new Published(170_052_171, "c32a1d4ab5d03f1284b67883e8d87530"),
      CifarBinary.CIFAR_10::read),
  CIFAR_100_BINARY(
      ImmutableSet.copyOf(CifarBinary.CIFAR_100.files()),
      new Published(168_513_733, "03b5dce01913d631647c71ecec9e9cb8"),
      CifarBinary.CIFAR_100::read),
  CIFAR_10_PYTHON(
      ImmutableSet.copyOf(CifarPython.CIFAR_10.files()),
      Published.ofSum("c58f30108f718f92721af3b95e74349a"),
      CifarPython.CIFAR_10::read),
  CIFAR_100_PYTHON(
      ImmutableSet.copyOf(CifarPython.CIFAR_100.files()),
      Published.ofSum("eb9058c3a382ffc7106e4002c42a8d85"),
      CifarPython.CIFAR_100::read),
  STL_10(
      ImmutableSet.copyOf(Stl10.FILES),
      Published.ofSum("91f7769df0f17e558f3565bffb0c7dfb"),
      Stl10::read);

  private static final ImmutableMap<String, DownloadKind> BY_FILE =
      Arrays.stream(values())
          .flatMap(kind -> kind.files.stream().map(file -> ImmutableMap.of(file, kind)))
          .flatMap(map -> map.entrySet().stream())
          .collect(ImmutableMap.toImmutableMap(each -> each.getKey(), each -> each.getValue()));

  private final ImmutableSet<String> files;
  private final Published archive;
  private final Reader reader;

  DownloadKind(ImmutableSet<String> files, Published archive, Reader reader) {
    this.files = files;
    this.archive = archive;
    this.reader = reader;
  }

  /** Reads the data set from its folder or archive. */
  @Immutable
  private interface Reader {
    ImageDataset read(Path source, DataSettings settings);
  }

  /** A known data set and where it is. */
  record Found(DownloadKind kind, Path source) {
    ImageDataset read(DataSettings settings) {
      refusePictureSettings(settings);
      String note = settings.verify() ? ", " + verified() : "";
      ImageDataset data = kind.reader.read(source, settings);
      return new ImageDataset(
          data.train(), data.test(), data.pretraining(), data.description() + note);
    }

    private String verified() {
      return Files.isDirectory(source)
          ? Published.verified(source, kind.files)
          : kind.archive.verified(source);
    }

    private void refusePictureSettings(DataSettings settings) {
      if (settings.classes().isPresent() || settings.imageSize().isPresent()) {
        throw UsageError.in(settings.classes().isPresent() ? "--classes" : "--image-size")
            .because("%s has no folders of pictures", source)
            .maybe("leave the option out.");
      }
    }
  }

  /** The data set in a folder, in the only folder in it, or in a tar archive. */
  static Optional<Found> in(Path source) {
    try {
      if (!Files.isDirectory(source)) {
        return TarReader.matches(source) ? Optional.of(inArchive(source)) : Optional.empty();
      }
      return inFolder(source).or(() -> onlyFolder(source).flatMap(DownloadKind::inFolder));
    } catch (IOException e) {
      throw new DownloadedFiles(source, "", "").unreadableArchive("", e);
    }
  }

  private static Optional<Found> inFolder(Path folder) {
    return Arrays.stream(values())
        .filter(
            kind ->
                kind.files.stream()
                        .filter(name -> Files.isRegularFile(folder.resolve(name)))
                        .limit(2)
                        .count()
                    == 2)
        .findFirst()
        .map(kind -> new Found(kind, folder));
  }

  private static Optional<Path> onlyFolder(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      ImmutableList<Path> folders =
          all.filter(Files::isDirectory).limit(2).collect(ImmutableList.toImmutableList());
      return folders.size() == 1
          ? Optional.of(Iterables.getOnlyElement(folders))
          : Optional.empty();
    } catch (IOException | java.io.UncheckedIOException e) {
      // The reader of folders tells why.
      return Optional.empty();
    }
  }

  private static Found inArchive(Path source) throws IOException {
    ImmutableList.Builder<String> seen = ImmutableList.builder();
    try (TarReader tar = TarReader.open(source)) {
      for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
        DownloadKind kind = BY_FILE.get(next.get().name());
        if (kind != null && next.get().isNearTop()) {
          return new Found(kind, source);
        }
        seen.add(next.get().path());
      }
    }
    throw UsageError.in("read images")
        .because("%s is a tar archive of no known data set", source)
        .value("found", Folder.summary(seen.build()))
        .value("known", "CIFAR-10, CIFAR-100, STL-10 as they are offered for download")
        .maybe("%s", advice(seen.build()));
  }

  /** ImageNet's train part is an archive of archives, one of each class. */
  private static String advice(ImmutableList<String> seen) {
    return seen.stream().anyMatch(name -> name.endsWith(".tar"))
        ? "in train/: tar -xf it, then for f in *.tar; do mkdir ${f%.tar} && tar -xf $f -C"
            + " ${f%.tar} && rm $f; done; give the folder above."
        : "unpack it (tar -xf) and give the folder.";
  }
}
