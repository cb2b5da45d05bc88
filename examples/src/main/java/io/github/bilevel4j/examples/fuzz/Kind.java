package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.function.Supplier;

/** What cases can be made for. */
public enum Kind {
  /** {@link Expressions}. */
  EXPRESSIONS(64, Expressions::all),
  /** All kinds of files. */
  READERS(256, Readers::all),
  /** Weights of this and of other programs. */
  WEIGHTS(256, () -> Readers.of(FileKind.WEIGHTS).and(WeightsKind.values())),
  /** Data sets in archives: tar, tar packed with gzip, and ZIP. */
  ARCHIVES(
      256,
      () ->
          Readers.of(FileKind.ARCHIVE, FileKind.ARCHIVE_OF_DAMAGED)
              .and(
                  DownloadKind.CIFAR_ARCHIVE,
                  DownloadKind.CIFAR_PYTHON_ARCHIVE,
                  DownloadKind.STL_10_ARCHIVE,
                  DownloadKind.DAMAGED_BEFORE_PACKING)),
  /** Folders of pictures. */
  PICTURES(256, () -> Readers.of(FileKind.PICTURES)),
  /** CIFAR's and STL-10's files, and lists of their images. */
  ARRAYS(
      256,
      () ->
          Readers.of(FileKind.CIFAR_10, FileKind.CIFAR_100)
              .and(DownloadKind.CIFAR_PYTHON, DownloadKind.STL_10, DownloadKind.LIST)),
  /** Settings and tables of runs. */
  TABLES(256, () -> Readers.of(FileKind.CONFIGURATION, FileKind.TABLE_CELLS));

  /** What a run has if none is chosen. */
  public static final ImmutableList<Kind> ALL = ImmutableList.of(EXPRESSIONS, READERS);

  /** The bits of a seed that tell its kind; seeds of expressions are even. */
  private static final long MASK = 15;

  private static final ImmutableSet<Kind> FILES =
      ImmutableSet.of(READERS, WEIGHTS, ARCHIVES, PICTURES, ARRAYS, TABLES);

  private final int batch;
  private final Supplier<Target> target;

  Kind(int batch, Supplier<Target> target) {
    this.batch = batch;
    this.target = target;
  }

  /** How many cases are computed together. */
  int batch() {
    return batch;
  }

  /** The seed of a case of this kind: that {@link #of} tells it from the seed. */
  long seed(long bits) {
    return this == EXPRESSIONS ? bits & ~1 : bits & ~MASK | 2L * FILES.asList().indexOf(this) + 1;
  }

  /** The kind of a case. */
  public static Kind of(long seed) {
    int index = (int) (seed & MASK) / 2;
    return (seed & 1) == 0 ? EXPRESSIONS : FILES.asList().get(index < FILES.size() ? index : 0);
  }

  /** All of it. */
  public Target target() {
    return target.get();
  }
}
