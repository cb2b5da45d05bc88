package io.github.bilevel4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SafeTensorsProperties {

  @Property(seed = "1", tries = 40)
  void whatIsWrittenIsRead(@ForAll("arrays") Map<String, Array> arrays) throws IOException {
    Path file = Files.createTempFile("weights", ".safetensors");
    try {
      SafeTensors.write(file, arrays, ElementType.F64);

      assertThat(SafeTensors.read(file)).containsExactlyInAnyOrderEntriesOf(arrays);
    } finally {
      Files.delete(file);
    }
  }

  @Provide
  Arbitrary<Map<String, Array>> arrays() {
    Arbitrary<String> names =
        Arbitraries.strings().ascii().ofMaxLength(20).filter(name -> !name.startsWith("__"));
    Arbitrary<List<Integer>> dims = Arbitraries.integers().between(0, 4).list().ofMaxSize(4);
    return Arbitraries.maps(names, dims.map(SafeTensorsProperties::random)).ofMaxSize(6);
  }

  private static Array random(List<Integer> dims) {
    Random random = new Random(dims.hashCode());
    Shape shape = Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
    return Array.fill(shape, i -> random.nextGaussian());
  }
}
