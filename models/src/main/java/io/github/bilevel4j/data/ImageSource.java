package io.github.bilevel4j.data;

/**
 * Where a data set comes from. A public class with a public constructor without parameters can be
 * chosen by its name on the command line.
 */
@FunctionalInterface
public interface ImageSource {

  /** Reads or makes the data set. */
  ImageDataset read();
}
