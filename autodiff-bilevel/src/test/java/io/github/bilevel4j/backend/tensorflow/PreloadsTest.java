package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.reflect.Field;
import java.net.URL;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** JavaCPP's memory of what it has looked for is where, and of the form, that it is taken to be. */
class PreloadsTest {
  @Test
  void partsOfCudaAreNotLookedFor() throws ReflectiveOperationException {
    assumeThat(Preloads.areSuperfluous()).isTrue();
    Field known = Loader.class.getDeclaredField("foundLibraries");
    known.setAccessible(true);
    Map<?, ?> found = (Map<?, ?>) known.get(null);
    found.remove("cudart@.11.0");
    Preloads.noteAbsent();
    assertThat(found.get("cudart@.11.0")).isEqualTo(new URL[0]);
    assertThat(TensorFlowEngine.version()).startsWith("2.");
  }
}
