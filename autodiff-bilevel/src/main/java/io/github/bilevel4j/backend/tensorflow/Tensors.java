package io.github.bilevel4j.backend.tensorflow;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/** Arrays on the host as tensors and back, copied in bulk. */
final class Tensors {
  private Tensors() {}

  static DataType type(Precision precision) {
    return precision == Precision.FLOAT64 ? DataType.DT_DOUBLE : DataType.DT_FLOAT;
  }

  /** The bytes of an element. */
  static int bytes(DataType type) {
    return switch (type) {
      case DT_DOUBLE, DT_INT64 -> 8;
      case DT_BFLOAT16 -> 2;
      case DT_BOOL, DT_UINT8 -> 1;
      case DT_RESOURCE -> 0;
      default -> 4;
    };
  }

  static org.tensorflow.ndarray.Shape shape(Shape shape) {
    return org.tensorflow.ndarray.Shape.of(Arrays.stream(shape.toArray()).asLongStream().toArray());
  }

  /** A tensor of bytes that the caller must close. */
  static Tensor ofSamples(byte[][] rows, Shape shape) {
    return TUint8.tensorOf(
        shape(shape),
        tensor -> {
          ByteDataBuffer bytes = tensor.asRawTensor().data();
          for (int i = 0; i < rows.length; i++) {
            bytes.offset((long) i * rows[i].length).write(rows[i]);
          }
        });
  }

  /** A tensor that the caller must close. */
  static Tensor of(Array array, Precision precision) {
    if (precision == Precision.FLOAT64) {
      return TFloat64.tensorOf(
          shape(array.shape()), DataBuffers.of(array.toDoubles(), true, false));
    }
    return TFloat32.tensorOf(shape(array.shape()), DataBuffers.of(array.toFloats(), true, false));
  }

  /** A vector of whole numbers that the caller must close. */
  static Tensor ofInts(int... values) {
    return TInt32.tensorOf(
        org.tensorflow.ndarray.Shape.of(values.length), DataBuffers.of(values, true, false));
  }

  static Array array(Tensor tensor) {
    Shape shape =
        Shape.of(Arrays.stream(tensor.shape().asArray()).mapToInt(Ints::checkedCast).toArray());
    int size = Math.toIntExact(shape.size());
    if (tensor instanceof TFloat64 inDouble) {
      double[] values = new double[size];
      inDouble.copyTo(DataBuffers.of(values, false, false));
      return Array.wrap(shape, values);
    }
    float[] values = new float[size];
    ((TFloat32) tensor).copyTo(DataBuffers.of(values, false, false));
    return Array.wrap(shape, values);
  }
}
