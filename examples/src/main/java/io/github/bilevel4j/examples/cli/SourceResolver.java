package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.source.Instances;
import io.github.bilevel4j.examples.source.SourceFile;
import java.nio.file.Path;
import java.util.Optional;

/** Makes an object of the class of a source file that implements a type. */
record SourceResolver<T>(Class<T> type) implements ChoiceReader.Resolver<T> {

  /** Of classes that implement a type. */
  static <T> SourceResolver<T> of(Class<T> type) {
    return new SourceResolver<>(type);
  }

  @Override
  public Optional<T> resolve(String text) {
    if (!SourceFile.isNamedBy(text)) {
      return Optional.empty();
    }
    Class<? extends T> found =
        SourceFile.load(Path.of(text)).only(type, "the interface " + type.getSimpleName());
    return Optional.of(Instances.of(found));
  }
}
