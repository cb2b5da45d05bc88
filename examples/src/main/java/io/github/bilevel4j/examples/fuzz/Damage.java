package io.github.bilevel4j.examples.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** Random damage to the bytes of a file. */
final class Damage {
  private static final ImmutableList<String> NUMBERS =
      ImmutableList.of(
          "-1",
          "0",
          "1.5",
          "1e3",
          "null",
          "\"4\"",
          "2147483647",
          "2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999999999");
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"");
  private static final int PNG_SIGNATURE = 8;
  private static final int PNG_FRAME = 12;
  private static final int BLOCK = 512;
  private static final int SUM_AT = 148;
  private static final int MAGIC_AT = 257;

  private final Chance chance;

  Damage(Chance chance) {
    this.chance = chance;
  }

  /** One to three damages. */
  byte[] to(byte[] file) {
    byte[] damaged = file;
    int count = 1 + chance.below(3);
    for (int i = 0; i < count; i++) {
      damaged = once(damaged);
    }
    // With the right check sums the damage gets further.
    if (!chance.happens(0.7)) {
      return damaged;
    }
    return isPng(damaged) ? checked(damaged) : isTar(damaged) ? summed(damaged) : damaged;
  }

  private byte[] once(byte[] file) {
    if (file.length == 0) {
      return new byte[] {(byte) chance.below(256)};
    }
    int at =
        chance.happens(0.5) ? chance.below(Math.min(64, file.length)) : chance.below(file.length);
    int length = Math.min(file.length - at, 1 + chance.below(16));
    byte[] changed = file.clone();
    switch (chance.below(10)) {
      case 0 -> changed[at] ^= (byte) (1 << chance.below(8));
      case 1 -> changed = Arrays.copyOf(file, at);
      case 2 -> changed = joined(file, at, new byte[length], at);
      case 3 -> changed = joined(file, at, new byte[0], at + length);
      case 4 -> changed = joined(file, at, Arrays.copyOfRange(file, at, at + length), at);
      case 5 -> changed = number(changed, at);
      case 6 -> changed = replaced(file, NUMBER, chance.pick(NUMBERS));
      case 7 -> changed = replaced(file, WORD, WORD);
      case 8 -> {
        int other = chance.below(file.length);
        int swapped = Math.min(length, file.length - other);
        System.arraycopy(file, other, changed, at, Math.min(swapped, file.length - at));
        System.arraycopy(file, at, changed, other, Math.min(swapped, file.length - at));
      }
      default -> Arrays.fill(changed, at, at + length, (byte) chance.edge());
    }
    return changed;
  }

  private static byte[] joined(byte[] file, int to, byte[] between, int from) {
    return Bytes.concat(
        Arrays.copyOf(file, to), between, Arrays.copyOfRange(file, from, file.length));
  }

  /** An integer of two, four or eight bytes where another one may stand. */
  private byte[] number(byte[] file, int at) {
    ByteBuffer buffer =
        ByteBuffer.wrap(file)
            .order(chance.happens(0.5) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int size = 2 << chance.below(3);
    if (at + size > file.length) {
      return file;
    }
    switch (size) {
      case 2 -> buffer.putShort(at, (short) chance.edge());
      case 4 -> buffer.putInt(at, chance.edge());
      default ->
          buffer.putLong(
              at, chance.happens(0.5) ? chance.edge() : chance.bits() >> chance.below(64));
    }
    return file;
  }

  private byte[] replaced(byte[] file, Pattern pattern, String replacement) {
    String text = new String(file, ISO_8859_1);
    Matcher matcher = pattern.matcher(text);
    int skipped = chance.below(12);
    for (int i = 0; matcher.find(); i++) {
      if (i == skipped) {
        return (text.substring(0, matcher.start()) + replacement + text.substring(matcher.end()))
            .getBytes(ISO_8859_1);
      }
    }
    return file;
  }

  /** One word in place of another one: names that occur twice, types of other arrays. */
  private byte[] replaced(byte[] file, Pattern pattern, Pattern by) {
    Matcher matcher = by.matcher(new String(file, ISO_8859_1));
    int skipped = chance.below(12);
    for (int i = 0; matcher.find(); i++) {
      if (i == skipped) {
        return replaced(file, pattern, Matcher.quoteReplacement(matcher.group()));
      }
    }
    return file;
  }

  private static boolean isTar(byte[] file) {
    return file.length >= BLOCK && new String(file, MAGIC_AT, 5, ISO_8859_1).equals("ustar");
  }

  /** With the right sum in every block that looks like a header. */
  private static byte[] summed(byte[] tar) {
    byte[] right = tar.clone();
    for (int at = 0; at + BLOCK <= tar.length; at += BLOCK) {
      if (new String(tar, at + MAGIC_AT, 5, ISO_8859_1).equals("ustar")) {
        Arrays.fill(right, at + SUM_AT, at + SUM_AT + 8, (byte) ' ');
        int sum = 0;
        for (int i = at; i < at + BLOCK; i++) {
          sum += right[i] & 0xff;
        }
        byte[] digits = "%06o\0 ".formatted(sum).getBytes(ISO_8859_1);
        System.arraycopy(digits, 0, right, at + SUM_AT, digits.length);
      }
    }
    return right;
  }

  private static boolean isPng(byte[] file) {
    return file.length > PNG_SIGNATURE && file[1] == 'P' && file[2] == 'N' && file[3] == 'G';
  }

  private static byte[] checked(byte[] png) {
    ByteBuffer buffer = ByteBuffer.wrap(png.clone());
    int at = PNG_SIGNATURE;
    while (at + PNG_FRAME <= png.length) {
      long length = buffer.getInt(at);
      if (length < 0 || at + PNG_FRAME + length > png.length) {
        break;
      }
      CRC32 sum = new CRC32();
      sum.update(buffer.array(), at + 4, (int) length + 4);
      buffer.putInt(at + 8 + (int) length, (int) sum.getValue());
      at += PNG_FRAME + (int) length;
    }
    return buffer.array();
  }
}
