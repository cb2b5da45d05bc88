package io.github.bilevel4j.backend.tensorflow;

import java.lang.reflect.Field;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.internal.c_api.presets.tensorflow;

/**
 * The libraries that TensorFlow Java has JavaCPP look for, and load if they are there, before
 * TensorFlow's own: on Linux, parts of CUDA 11, of which the natives for the processor need none.
 * JavaCPP goes through the whole class path for every form that each of the names may have, which
 * takes half as long as all else that loads TensorFlow, and has no setting for it.
 */
final class Preloads {
  private static final Logger LOG = LoggerFactory.getLogger(Preloads.class);
  private static final String PLATFORM = "linux-x86_64";

  /** How the names of NVIDIA's libraries begin; a user may ask for others, such as Intel's. */
  private static final Pattern NVIDIA = Pattern.compile("cu|nccl|nv|myelin");

  private Preloads() {}

  /** Whether TensorFlow's natives are those for the processor of a Linux machine, no others. */
  static boolean areSuperfluous() {
    return Loader.getPlatform().equals(PLATFORM) && areThere("") && !areThere("-gpu");
  }

  private static boolean areThere(String extension) {
    String folder = "/org/tensorflow/internal/c_api/" + PLATFORM + extension;
    return Preloads.class.getResource(folder + "/libjnitensorflow.so") != null;
  }

  /** Makes JavaCPP believe that it has looked for them in vain. */
  static void noteAbsent() {
    try {
      Field known = Loader.class.getDeclaredField("foundLibraries");
      known.setAccessible(true);
      @SuppressWarnings("unchecked")
      Map<String, URL[]> found = (Map<String, URL[]>) known.get(null);
      names().stream()
          .filter(name -> NVIDIA.matcher(name).lookingAt())
          .forEach(name -> found.putIfAbsent(name, new URL[0]));
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.debug("JavaCPP looks for libraries that are not needed: {}", e.toString());
    }
  }

  private static List<String> names() {
    return Loader.loadProperties(tensorflow.class, Loader.loadProperties(), true)
        .get("platform.preload");
  }
}
