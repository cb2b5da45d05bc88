package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Arrays and texts in a file of the safetensors format that tells whether it is intact: its last
 * array, {@value #SEAL}, has the 32 bytes of the SHA-256 of all that comes before them.
 *
 * @param arrays by name
 * @param texts by name
 */
public record SealedTensors(ArraySource arrays, ImmutableMap<String, String> texts) {
  private static final String SEAL = "sha256";
  private static final int SEAL_BYTES = 32;

  /**
   * Writes the file, the arrays one after another. It appears whole or not at all, as {@link
   * WholeFile} says.
   *
   * @throws WriteException if it cannot be written
   */
  public void write(Path file, ElementType type) {
    Header header = sealed(Header.of(arrays.shapes(), name -> type, texts));
    WholeFile.write(
        file,
        out -> {
          HashingOutputStream hashing = new HashingOutputStream(Hashing.sha256(), out);
          SafeTensors.writeAll(hashing, header, arrays, name -> type);
          out.write(hashing.hash().asBytes());
        });
  }

  private static Header sealed(Header header) {
    long end = header.entries().stream().mapToLong(Header.Entry::end).max().orElse(0);
    return new Header(
        ImmutableList.<Header.Entry>builder()
            .addAll(header.entries())
            .add(
                new Header.Entry(
                    SEAL,
                    StoredType.U8,
                    ImmutableList.of((long) SEAL_BYTES),
                    end,
                    end + SEAL_BYTES))
            .build(),
        header.metadata());
  }

  /**
   * Opens a file, which is read to its end to see that it is intact. Arrays are read again when
   * they are asked for.
   *
   * @throws UsageError if it is missing, cut off, changed since it was written or of another kind
   */
  public static SealedTensors read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw UsageError.in("read checkpoint")
          .because("there is no file %s", file)
          .maybe("the path is misspelt.");
    }
    try {
      if (!isIntact(file)) {
        throw UsageError.in("read checkpoint")
            .because("the file %s is damaged: its checksum is another one", file)
            .maybe("an older one is intact.");
      }
      try (WeightsFile open = WeightsFile.open(file, SafeTensorsFormat::content)) {
        return new SealedTensors(
            ArraySource.of(file, SafeTensorsFormat::content, name -> !name.equals(SEAL)),
            open.metadata());
      }
    } catch (IOException e) {
      throw UsageError.in("read checkpoint")
          .because("the file %s cannot be read", file)
          .value("reason", ReadFailure.reason(e))
          .error();
    }
  }

  private static boolean isIntact(Path file) throws IOException {
    long content = Files.size(file) - SEAL_BYTES;
    if (content < 0) {
      return false;
    }
    ByteSource all = MoreFiles.asByteSource(file);
    return Arrays.equals(
        all.slice(0, content).hash(Hashing.sha256()).asBytes(),
        all.slice(content, SEAL_BYTES).read());
  }
}
