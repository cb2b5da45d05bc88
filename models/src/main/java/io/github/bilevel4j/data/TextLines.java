package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Lists in files of text, one entry on a line of UTF-8; gzip may have packed them. */
final class TextLines {
  /** No longer list is read, in bytes. */
  private static final int MOST_BYTES = 1 << 28;

  /** What a byte of a list takes while it is read: a copy, a text, and its lines. */
  private static final int COPIES = 6;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private TextLines() {}

  /** The content of a file, unpacked. */
  static byte[] content(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      in.mark(2);
      boolean isPacked = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      requireMemory(Files.size(file));
      byte[] content = (isPacked ? new GZIPInputStream(in) : in).readNBytes(MOST_BYTES + 1);
      if (content.length > MOST_BYTES) {
        throw new IOException("it has more than " + Heap.megabytes(MOST_BYTES));
      }
      requireMemory(content.length);
      return content;
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  private static void requireMemory(long bytes) throws IOException {
    if (Heap.lacks(COPIES * Math.min(bytes, MOST_BYTES))) {
      throw new IOException("Java has only " + Heap.megabytes(Heap.free()) + " for it");
    }
  }

  static UsageError unreadable(String file, IOException e) {
    return UsageError.in("read images")
        .because("the list %s cannot be read", file)
        .value("reason", ReadFailure.reason(e))
        .maybe("its name is misspelt, or it is not UTF-8 text.");
  }

  /** The lines without blanks at both ends and without empty ones. */
  static ImmutableList<String> of(byte[] content) throws IOException {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .collect(ImmutableList.toImmutableList());
    } catch (CharacterCodingException e) {
      throw new IOException("it is not UTF-8", e);
    }
  }
}
