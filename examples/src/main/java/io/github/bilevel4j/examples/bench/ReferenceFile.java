package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A {@link Reference} in a file, every bit of it. */
final class ReferenceFile {
  private ReferenceFile() {}

  static void write(Reference reference, Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeDouble(reference.inner());
      out.writeDouble(reference.outer());
      write(reference.point(), out);
      write(reference.hypergradient(), out);
    }
  }

  private static void write(Map<String, Array> arrays, DataOutputStream out) throws IOException {
    out.writeInt(arrays.size());
    for (Map.Entry<String, Array> entry : arrays.entrySet()) {
      Array array = entry.getValue();
      out.writeUTF(entry.getKey());
      out.writeInt(array.shape().rank());
      for (int axis = 0; axis < array.shape().rank(); axis++) {
        out.writeInt(array.shape().dim(axis));
      }
      for (int i = 0; i < array.size(); i++) {
        out.writeDouble(array.at(i));
      }
    }
  }

  static Reference read(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      return new Reference(in.readDouble(), in.readDouble(), arrays(in), arrays(in));
    }
  }

  private static ImmutableMap<String, Array> arrays(DataInputStream in) throws IOException {
    ImmutableMap.Builder<String, Array> arrays = ImmutableMap.builder();
    int count = in.readInt();
    for (int entry = 0; entry < count; entry++) {
      String name = in.readUTF();
      int[] dims = new int[in.readInt()];
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = in.readInt();
      }
      Shape shape = Shape.of(dims);
      double[] values = new double[Math.toIntExact(shape.size())];
      for (int i = 0; i < values.length; i++) {
        values[i] = in.readDouble();
      }
      arrays.put(name, Array.wrap(shape, values));
    }
    return arrays.buildOrThrow();
  }
}
