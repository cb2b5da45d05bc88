package io.github.bilevel4j.data;

import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A picture in an image folder.
 *
 * @param path its name from the top of the source, for instance train/cat/1.png
 * @param node the file itself
 */
record PictureFile(String path, FileNode node) {
  private static final int SHOWN = 5;

  /** Its content, not decoded yet. */
  EncodedPicture encoded() throws IOException {
    return EncodedPicture.of(node.bytes());
  }

  /** The error that it cannot be read. */
  UsageError unreadable(Path source, IOException failure) {
    return unreadable(source, Folder.shown(ReadFailure.reason(failure)));
  }

  /** The error that it cannot be read. */
  UsageError unreadable(Path source, String reason) {
    return UsageError.in("read images")
        .because("a picture of %s cannot be read", source)
        .value("file", Folder.shown(path))
        .value("reason", reason)
        .maybe("copy it again, save it anew as an RGB JPEG or PNG, or remove it.");
  }

  /** Adds a line for each of the first few files, with its text. */
  static UsageError.Message rows(
      UsageError.Message mistake, List<PictureFile> files, List<String> texts) {
    UsageError.Message told = mistake;
    for (int i = 0; i < Math.min(SHOWN, files.size()); i++) {
      told = told.row(Folder.shown(files.get(i).path), Folder.shown(texts.get(i)));
    }
    return files.size() <= SHOWN
        ? told
        : told.row(String.format(Locale.ROOT, "and %,d more", files.size() - SHOWN));
  }
}
