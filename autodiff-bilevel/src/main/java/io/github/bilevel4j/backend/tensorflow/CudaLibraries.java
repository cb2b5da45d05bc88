package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes NVIDIA's libraries from the class path known to TensorFlow, which opens them by name. They
 * come in the jar {@code org.bytedeco:cuda:linux-x86_64-redist}; without it nothing happens, and
 * TensorFlow finds those that the system has, or none.
 *
 * <p>A library that is loaded already answers a later request for its name, so each is loaded after
 * those it needs. This must happen before the first class of TensorFlow is used.
 */
final class CudaLibraries {
  private static final Logger LOG = LoggerFactory.getLogger(CudaLibraries.class);
  private static final String FOLDER = "/org/bytedeco/cuda/linux-x86_64/";

  /** Opened by libcudnn.so.9 itself, from its own folder. */
  private static final ImmutableList<String> BESIDE =
      ImmutableList.of(
          "libcudnn_ops.so.9",
          "libcudnn_cnn.so.9",
          "libcudnn_adv.so.9",
          "libcudnn_heuristic.so.9",
          "libcudnn_engines_runtime_compiled.so.9",
          "libcudnn_engines_precompiled.so.9");

  /** In the order of their dependencies. */
  private static final ImmutableList<String> LOADED =
      ImmutableList.of(
          "libcudart.so.12",
          "libnvrtc-builtins.so.12.6",
          "libnvrtc.so.12",
          "libnvJitLink.so.12",
          "libcublasLt.so.12",
          "libcublas.so.12",
          "libcufft.so.11",
          "libcusparse.so.12",
          "libcusolver.so.11",
          "libcudnn_graph.so.9",
          "libcudnn.so.9");

  private static boolean done;

  private CudaLibraries() {}

  /** Whether the jar with the libraries is on the class path. */
  static boolean onClassPath() {
    return resource(LOADED.get(0)).isPresent();
  }

  /**
   * Loads the libraries the first time it is called; if the jar is absent, the natives that are for
   * the processor alone are kept from a search for others.
   */
  static synchronized void load() {
    if (!done && onClassPath()) {
      BESIDE.forEach(CudaLibraries::extract);
      LOADED.forEach(library -> extract(library).ifPresent(CudaLibraries::link));
    } else if (!done && Preloads.areSuperfluous()) {
      Preloads.noteAbsent();
    }
    done = true;
  }

  private static void link(File library) {
    try {
      System.load(library.getAbsolutePath());
    } catch (UnsatisfiedLinkError e) {
      LOG.warn("CUDA library {} does not load: {}", library.getName(), e.getMessage());
    }
  }

  private static Optional<URL> resource(String library) {
    return Optional.ofNullable(CudaLibraries.class.getResource(FOLDER + library));
  }

  /** The library as a file; empty, with a warning, if there is none. */
  private static Optional<File> extract(String library) {
    try {
      URL resource = resource(library).orElseThrow(() -> new IOException("not in the jar"));
      return Optional.of(Loader.cacheResource(resource));
    } catch (IOException e) {
      LOG.warn("CUDA library {} is missing, the GPU may not be found: {}", library, e.getMessage());
      return Optional.empty();
    }
  }
}
