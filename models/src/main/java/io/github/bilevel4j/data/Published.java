package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.BaseEncoding;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is published about a file of a data set.
 *
 * @param size in bytes; 0 if it is not published
 * @param md5 its checksum; empty if it is not published
 */
@Immutable
record Published(long size, String md5) {
  private static final Logger LOG = LoggerFactory.getLogger(DataSource.class);
  private static final int BUFFER = 1 << 16;
  private static final long CIFAR_10_BATCH = 30_730_000;

  /** By the names of files. */
  private static final ImmutableMap<String, Published> FILES =
      ImmutableMap.<String, Published>builder()
          .put("data_batch_1.bin", ofSize(CIFAR_10_BATCH))
          .put("data_batch_2.bin", ofSize(CIFAR_10_BATCH))
          .put("data_batch_3.bin", ofSize(CIFAR_10_BATCH))
          .put("data_batch_4.bin", ofSize(CIFAR_10_BATCH))
          .put("data_batch_5.bin", ofSize(CIFAR_10_BATCH))
          .put("test_batch.bin", ofSize(CIFAR_10_BATCH))
          .put("train.bin", ofSize(153_700_000))
          .put("test.bin", ofSize(30_740_000))
          .put("data_batch_1", ofSum("c99cafc152244af753f735de768cd75f"))
          .put("data_batch_2", ofSum("d4bba439e000b95fd0a9bffe97cbabec"))
          .put("data_batch_3", ofSum("54ebc095f3ab1f0389bbae665268c751"))
          .put("data_batch_4", ofSum("634d18415352ddfa80567beed471001a"))
          .put("data_batch_5", ofSum("482c414d41f54cd18b22e5b47cb7c3cb"))
          .put("test_batch", ofSum("40351d587109b95175f43aff81a1287e"))
          .put("train", ofSum("16019d7e3df5f24257cddd939b257f8d"))
          .put("test", ofSum("f0ef6b0ae62326f3e7ffdfab6717acfc"))
          .put("train_X.bin", new Published(138_240_000, "918c2871b30a85fa023e0c44e0bee87f"))
          .put("train_y.bin", new Published(5_000, "5a34089d4802c674881badbb80307741"))
          .put("test_X.bin", new Published(221_184_000, "7f263ba9f9e0b06b93213547f721ac82"))
          .put("test_y.bin", new Published(8_000, "36f9794fa4beb8a2c72628de14fa638e"))
          .put("unlabeled_X.bin", new Published(2_764_800_000L, "5242ba1fed5e4be9e1e742405eb56ca4"))
          .buildOrThrow();

  static Published ofSize(long size) {
    return new Published(size, "");
  }

  static Published ofSum(String md5) {
    return new Published(0, md5);
  }

  /** Warns of a file that has another size than the published one. */
  static void check(String name, long size, String shown) {
    Published known = FILES.getOrDefault(name, ofSize(0));
    if (known.size > 0 && size != known.size) {
      LOG.warn(
          "{} has {} bytes, the published file {}",
          shown,
          String.format(Locale.ROOT, "%,d", size),
          String.format(Locale.ROOT, "%,d", known.size));
    }
  }

  /**
   * Compares an archive with what is published of it.
   *
   * @return what was compared, for a description
   * @throws UsageError if it differs
   */
  String verified(Path archive) {
    return verified(ImmutableMap.of(archive, this));
  }

  /**
   * Compares the files of a folder with what is published of them.
   *
   * @return what was compared, for a description
   * @throws UsageError telling all that differ
   */
  static String verified(Path folder, Collection<String> names) {
    return verified(
        names.stream()
            .filter(FILES::containsKey)
            .filter(name -> Files.exists(folder.resolve(name)))
            .collect(ImmutableMap.toImmutableMap(folder::resolve, FILES::get)));
  }

  private static String verified(ImmutableMap<Path, Published> files) {
    ImmutableMap.Builder<Path, String> differing = ImmutableMap.builder();
    files.forEach(
        (file, known) -> {
          String difference = known.difference(file);
          if (!difference.isEmpty()) {
            differing.put(file, difference);
          }
        });
    ImmutableMap<Path, String> all = differing.buildOrThrow();
    if (!all.isEmpty()) {
      UsageError.Message message =
          UsageError.in("--verify")
              .because("%d of %d files are not those that are published", all.size(), files.size());
      for (var each : all.entrySet()) {
        message = message.row(each.getKey().toString(), each.getValue());
      }
      throw message.maybe("download them again; without --verify they are read as they are.");
    }
    return files.values().stream().allMatch(known -> known.md5.isEmpty())
        ? "sizes as published"
        : "checksums as published";
  }

  private String difference(Path file) {
    try {
      if (size > 0 && Files.size(file) != size) {
        return String.format(Locale.ROOT, "%,d bytes instead of %,d", Files.size(file), size);
      }
      String found = md5.isEmpty() ? "" : md5(file);
      return found.equals(md5) ? "" : "MD5 %s instead of %s".formatted(found, md5);
    } catch (IOException e) {
      return ReadFailure.reason(e);
    }
  }

  private static String md5(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return BaseEncoding.base16().lowerCase().encode(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  /** Of data of which nothing is published. */
  static UsageError nothing(Path source) {
    return UsageError.in("--verify")
        .because("no checksum of %s is published", source)
        .value("known", List.of("CIFAR-10", "CIFAR-100", "STL-10", "tiny-imagenet-200.zip"))
        .maybe("the archive as it was downloaded was meant.");
  }
}
