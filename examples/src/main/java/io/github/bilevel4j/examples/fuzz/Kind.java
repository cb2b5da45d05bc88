package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;

/** What cases can be made for. */
public enum Kind {
  /** {@link Expressions}. */
  EXPRESSIONS(64),
  /** All kinds of files. */
  READERS(256),
  /** Weights of this and of other programs. */
  WEIGHTS(256),
  /** Data sets in archives: tar, tar packed with gzip, and ZIP. */
  ARCHIVES(256),
  /** Folders of pictures. */
  PICTURES(256),
  /** CIFAR's and STL-10's files, and lists of their images. */
  ARRAYS(256),
  /** Settings and tables of runs. */
  TABLES(256);

  /** What a run has if none is chosen. */
  public static final ImmutableList<Kind> ALL = ImmutableList.of(EXPRESSIONS, READERS);

  /** The bits of a seed that tell its kind; seeds of expressions are even. */
  private static final long MASK = 15;

  private static final ImmutableList<Kind> FILES =
      ImmutableList.of(READERS, WEIGHTS, ARCHIVES, PICTURES, ARRAYS, TABLES);

  private final int batch;

  Kind(int batch) {
    this.batch = batch;
  }

  /** How many cases are computed together. */
  int batch() {
    return batch;
  }

  /** The seed of a case of this kind: that {@link #of} tells it from the seed. */
  long seed(long bits) {
    return this == EXPRESSIONS ? bits & ~1 : (bits & ~MASK) | (2L * FILES.indexOf(this) + 1);
  }

  /** The kind of a case. */
  public static Kind of(long seed) {
    int index = (int) (seed & MASK) / 2;
    if ((seed & 1) == 0) {
      return EXPRESSIONS;
    }
    return index < FILES.size() ? FILES.get(index) : READERS;
  }

  /** All of it. */
  public Target target() {
    return switch (this) {
      case EXPRESSIONS -> Expressions.all();
      case READERS -> Readers.all();
      case WEIGHTS -> Readers.of(FileKind.WEIGHTS).and(WeightsKind.values());
      case ARCHIVES ->
          Readers.of(FileKind.ARCHIVE, FileKind.ARCHIVE_OF_DAMAGED)
              .and(
                  DownloadKind.CIFAR_ARCHIVE,
                  DownloadKind.CIFAR_PYTHON_ARCHIVE,
                  DownloadKind.STL_10_ARCHIVE,
                  DownloadKind.DAMAGED_BEFORE_PACKING);
      case PICTURES -> Readers.of(FileKind.PICTURES);
      case ARRAYS ->
          Readers.of(FileKind.CIFAR_10, FileKind.CIFAR_100)
              .and(DownloadKind.CIFAR_PYTHON, DownloadKind.STL_10, DownloadKind.LIST);
      case TABLES -> Readers.of(FileKind.CONFIGURATION, FileKind.SWEEP_TABLE);
    };
  }
}
