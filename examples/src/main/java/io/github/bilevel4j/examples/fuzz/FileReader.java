package io.github.bilevel4j.examples.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A reader of files, and good files for it. */
interface FileReader {
  /** How it is called. */
  String name();

  /** Good files by their paths in a folder. */
  Map<String, byte[]> files(Chance chance) throws IOException;

  /** What the reader gives for the files in a folder. */
  Object read(Path folder, Chance chance);

  /** Whether good files must be read. */
  boolean isAlwaysGood();
}
