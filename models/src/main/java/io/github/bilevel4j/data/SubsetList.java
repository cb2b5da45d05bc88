package io.github.bilevel4j.data;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A list of images of the train part, those that are used and in which order, as long-tailed and
 * few-shot data sets are published:
 *
 * <ul>
 *   <li>a position on each line, counted from 0;
 *   <li>a NumPy file ({@code .npy}) of positions, a vector of int64;
 *   <li>{@code FILE#K}: line K of a file, counted from 0, with positions and blanks between, as in
 *       STL-10's {@code fold_indices.txt};
 *   <li>a path on each line, {@code train/CLASS/NAME}, with or without {@code train/} and the
 *       name's ending;
 *   <li>a path and the number of its class on each line, as the lists of ImageNet-LT.
 * </ul>
 *
 * <p>Text files may be packed with gzip. If numbers of classes follow another order than that of
 * the folders, and are 0, 1, ... without gaps, classes get these numbers and others are left out of
 * the test part too.
 */
final class SubsetList {
  private static final String OPERATION = "--subset";

  /** Missing files are named up to so many. */
  private static final int MOST_SHOWN = 100;

  private static final Pattern LINE_OF_FILE = Pattern.compile("(.+)#(\\d{1,9})");
  private static final Pattern LABELED = Pattern.compile("(.*\\S)\\s+(\\d{1,9})");

  private final String shown;

  /** Of images, or null if they are named. */
  private final long[] positions;

  private final ImmutableList<String> paths;

  /** One of each path, or empty. */
  private final ImmutableList<Integer> labels;

  private SubsetList(
      String shown, long[] positions, ImmutableList<String> paths, ImmutableList<Integer> labels) {
    this.shown = shown;
    this.positions = positions;
    this.paths = paths;
    this.labels = labels;
  }

  /**
   * Reads a list.
   *
   * @throws UsageError if it cannot be read or is malformed
   */
  static SubsetList read(String text) {
    Matcher line = LINE_OF_FILE.matcher(text);
    boolean isLine = line.matches() && !Files.exists(Path.of(text));
    String file = isLine ? line.group(1) : text;
    byte[] content = TextLines.content(Path.of(file));
    try {
      if (NpyFile.matches(content)) {
        return ofPositions(text, NpyFile.vector(content));
      }
      ImmutableList<String> lines = TextLines.of(content);
      if (lines.isEmpty()) {
        throw new IOException("it is empty");
      }
      return isLine ? ofLine(text, lines, Integer.parseInt(line.group(2))) : ofLines(text, lines);
    } catch (IOException e) {
      throw TextLines.unreadable(text, e);
    }
  }

  private static SubsetList ofPositions(String text, long[] positions) throws IOException {
    if (positions.length == 0) {
      throw new IOException("it is empty");
    }
    return new SubsetList(text, positions, ImmutableList.of(), ImmutableList.of());
  }

  private static SubsetList ofLine(String text, ImmutableList<String> lines, int number)
      throws IOException {
    if (number >= lines.size()) {
      throw new IOException("it has lines 0 to " + (lines.size() - 1));
    }
    ImmutableList.Builder<String> tokens = ImmutableList.builder();
    Splitter.onPattern("\\s+").split(lines.get(number)).forEach(tokens::add);
    return ofPositions(text, positions(tokens.build()));
  }

  private static SubsetList ofLines(String text, ImmutableList<String> lines) throws IOException {
    if (lines.get(0).matches("\\d+(\\s+\\d+)+")) {
      throw new IOException(
          "it has several positions on a line: %s#0 chooses the first line".formatted(text));
    } else if (lines.get(0).matches("\\d+")) {
      return ofPositions(text, positions(lines));
    }
    boolean isLabeled = LABELED.matcher(lines.get(0)).matches();
    if (!isLabeled) {
      return new SubsetList(text, null, lines, ImmutableList.of());
    }
    ImmutableList.Builder<String> paths = ImmutableList.builder();
    ImmutableList.Builder<Integer> labels = ImmutableList.builder();
    for (String line : lines) {
      Matcher labeled = LABELED.matcher(line);
      if (!labeled.matches()) {
        throw new IOException("a line has no class number: " + Folder.shown(line));
      }
      paths.add(labeled.group(1));
      labels.add(Integer.parseInt(labeled.group(2)));
    }
    return new SubsetList(text, null, paths.build(), labels.build());
  }

  private static long[] positions(List<String> tokens) throws IOException {
    long[] positions = new long[tokens.size()];
    for (int i = 0; i < positions.length; i++) {
      if (!tokens.get(i).matches("\\d{1,18}")) {
        throw new IOException("a position is no whole number: " + Folder.shown(tokens.get(i)));
      }
      positions[i] = Long.parseLong(tokens.get(i));
    }
    return positions;
  }

  /** The images of a train part that is known by positions alone. */
  LabeledImages of(LabeledImages train, Path source) {
    if (positions == null) {
      throw UsageError.in(OPERATION)
          .because("%s names files, but images of %s have none", shown, source)
          .value("first", Folder.shown(paths.get(0)))
          .maybe("a list of positions was meant, or the data as a folder of pictures.");
    }
    return train.take(within(train.count(), source));
  }

  private int[] within(int count, Path source) {
    List<String> outside = new ArrayList<>();
    for (long position : positions) {
      if (position < 0 || position >= count) {
        outside.add(String.valueOf(position));
      }
    }
    if (!outside.isEmpty()) {
      throw UsageError.in(OPERATION)
          .because(
              "%,d of %,d positions in %s are none of the train part of %s",
              outside.size(), positions.length, shown, source)
          .value("positions", Folder.summary(outside))
          .value("images", String.format(Locale.ROOT, "%,d", count))
          .maybe("positions should count from 0, or the list is of another data set.");
    }
    return IntStream.range(0, positions.length).map(i -> (int) positions[i]).toArray();
  }

  /** The files of a folder. */
  PictureParts of(PictureParts parts) {
    ImageFolderPart train = parts.train();
    String note = String.format(Locale.ROOT, "%,d of the train part by %s", size(), shown);
    if (positions != null) {
      return parts
          .with(train.take(within(train.files().size(), train.source())), parts.test())
          .noted(note);
    }
    int[] found = found(train);
    PictureParts chosen = parts.with(train.take(found), parts.test()).noted(note);
    return numbering(chosen.train())
        .map(
            names ->
                chosen
                    .with(
                        chosen.train().ofClasses(names),
                        chosen.test().map(test -> test.ofClasses(names)))
                    .noted("classes numbered by that list"))
        .orElse(chosen);
  }

  private int size() {
    return positions == null ? paths.size() : positions.length;
  }

  /** The position of each path's file. */
  private int[] found(ImageFolderPart train) {
    Map<String, Integer> files = new HashMap<>();
    paths.forEach(path -> files.put(plain(path), -1));
    String above = train.above();
    for (int i = 0; i < train.files().size(); i++) {
      String path = train.files().get(i).path().substring(above.length());
      String inside = path.substring(path.indexOf('/') + 1);
      for (String name : ImmutableSet.of(path, inside, stem(path), stem(inside))) {
        int position = i;
        files.computeIfPresent(name, (key, before) -> before < 0 ? position : before);
      }
    }
    List<String> missing = paths.stream().filter(path -> files.get(plain(path)) < 0).toList();
    if (!missing.isEmpty()) {
      UsageError.Message message =
          UsageError.in(OPERATION)
              .because(
                  "%,d of %,d files that %s names are missing in %s",
                  missing.size(), paths.size(), shown, train.source());
      for (String path : missing.subList(0, Math.min(MOST_SHOWN, missing.size()))) {
        message = message.row(Folder.shown(path));
      }
      if (missing.size() > MOST_SHOWN) {
        message =
            message.row(String.format(Locale.ROOT, "and %,d more", missing.size() - MOST_SHOWN));
      }
      throw message.maybe("the data were not copied to their end, or the list is of others.");
    }
    return paths.stream().mapToInt(path -> files.get(plain(path))).toArray();
  }

  private static String plain(String path) {
    return path.startsWith("./") ? path.substring(2) : path;
  }

  private static String stem(String path) {
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') ? path.substring(0, dot) : path;
  }

  /** The names of classes by the list's numbers, if these differ from the folder's. */
  private Optional<ImmutableList<String>> numbering(ImageFolderPart chosen) {
    SortedMap<Integer, String> names = new TreeMap<>();
    for (int i = 0; i < labels.size(); i++) {
      String name = chosen.className(i);
      String before = names.putIfAbsent(labels.get(i), name);
      if (before != null && !before.equals(name)) {
        throw contradiction("class %d is both %s and %s".formatted(labels.get(i), before, name));
      }
    }
    boolean isSame =
        names.entrySet().stream()
            .allMatch(
                each ->
                    each.getKey() < chosen.classNames().size()
                        && chosen.classNames().get(each.getKey()).equals(each.getValue()));
    if (isSame) {
      return Optional.empty();
    }
    if (names.lastKey() != names.size() - 1) {
      throw contradiction(
          "numbers of classes go to %d, but there are %d".formatted(names.lastKey(), names.size()));
    } else if (ImmutableSet.copyOf(names.values()).size() < names.size()) {
      throw contradiction("a class has two numbers");
    }
    return Optional.of(ImmutableList.copyOf(names.values()));
  }

  private UsageError contradiction(String what) {
    return UsageError.in(OPERATION)
        .because("the numbers of classes in %s contradict the folders", shown)
        .value("reason", what)
        .maybe("the list is of other data, or --classes has its order.");
  }
}
