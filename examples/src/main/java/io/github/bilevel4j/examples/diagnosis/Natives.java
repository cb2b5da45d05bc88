package io.github.bilevel4j.examples.diagnosis;

import com.google.common.collect.ImmutableList;
import java.util.stream.Collectors;

/** TensorFlow's native libraries on the class path. */
final class Natives {
  private static final String FOLDER = "/org/tensorflow/internal/c_api/";
  private static final ImmutableList<String> PLATFORMS =
      ImmutableList.of("linux-x86_64-gpu", "linux-x86_64", "linux-arm64", "macosx-arm64");
  private static final ImmutableList<String> LIBRARIES =
      ImmutableList.of("libjnitensorflow.so", "libjnitensorflow.dylib");

  private Natives() {}

  /** The platforms of the natives, for instance {@code linux-x86_64}; {@code none}. */
  static String onClassPath() {
    String found = PLATFORMS.stream().filter(Natives::isPresent).collect(Collectors.joining(", "));
    return found.isEmpty() ? "none" : found;
  }

  /** Whether they can use a GPU. */
  static boolean forGpu() {
    return isPresent(PLATFORMS.get(0));
  }

  private static boolean isPresent(String platform) {
    return LIBRARIES.stream()
        .anyMatch(library -> Natives.class.getResource(FOLDER + platform + "/" + library) != null);
  }
}
