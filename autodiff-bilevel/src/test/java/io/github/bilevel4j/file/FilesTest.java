package io.github.bilevel4j.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whole files, appended files, locks, and the list of what failed. */
class FilesTest {
  @TempDir Path folder;

  private static long livingProcess() {
    return ProcessHandle.current().parent().orElseThrow().pid();
  }

  /** The largest process number of Linux is 2^22. */
  private static final long NO_PROCESS = 1 << 30;

  @Test
  void aWholeFileKeepsWhatItHeldIfItsContentFails() throws IOException {
    Path file = folder.resolve("a.txt");
    WholeFile.write(file, "old");
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(
            () ->
                WholeFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IOException("No space left on device");
                    }))
        .withMessageMatching(
            "\\Q"
                + file
                + " cannot be written: No space left on device (\\E[0-9,.]+ MB free in .*\\)")
        .satisfies(e -> assertThat(e.file()).isEqualTo(file));
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void aWholeFileInAFolderThatIsNotThere() {
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(() -> WholeFile.write(folder.resolve("none/a"), "text"))
        .withMessageContaining("none/a cannot be written: its folder does not exist (");
  }

  @Test
  void aLinkIsFollowed() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file.getFileName());
    WholeFile.write(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aDeviceStaysADevice() {
    WholeFile.write(Path.of("/dev/null"), "text");
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(() -> WholeFile.write(Path.of("/dev/full"), "text"))
        .withMessageStartingWith("/dev/full cannot be written: No space left on device (");
  }

  private Path leftover(String name) throws IOException {
    return Files.writeString(folder.resolve(name), "half");
  }

  @Test
  void leftoversOfProcessesThatAreGone() throws IOException {
    Path own = leftover("a.txt." + NO_PROCESS + "-3.part");
    Path living = leftover("a.txt." + livingProcess() + "-3.part");
    Path other = leftover("b.txt." + NO_PROCESS + "-0.part");
    Path unnamed = leftover("b.txt.part");
    WholeFile.write(folder.resolve("a.txt"), "whole");
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            "a.txt",
            living.getFileName().toString(),
            other.getFileName().toString(),
            unnamed.getFileName().toString());
    WholeFile.removeLeftovers(folder);
    assertThat(own).doesNotExist();
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("a.txt", living.getFileName().toString());
  }

  @Test
  void anAppendedFileGoesOnWhereItIsTold() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "x,y\n1,2\n3,");
    try (AppendedFile lines = AppendedFile.resume(file, 4)) {
      assertThat(lines.length()).isEqualTo(4);
      lines.append("ä\n");
      assertThat(lines.length()).isEqualTo(7);
      lines.append(new byte[] {65, 10});
    }
    assertThat(file).content().isEqualTo("x,y\nä\nA\n");
  }

  @Test
  void aShorterFileThanWasWrittenIsNotGoneOnWith() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "x\n");
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(() -> AppendedFile.resume(file, 3))
        .withMessageContaining("it has 2 bytes where 3 were written");
    assertThat(file).content().isEqualTo("x\n");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aDeletedFolderIsMadeAgainWithAllLines() throws IOException {
    Path file = Files.createDirectory(folder.resolve("run")).resolve("a.csv");
    try (AppendedFile lines = AppendedFile.create(file)) {
      lines.append("1\n2\n");
      Files.delete(file);
      Files.delete(file.getParent());
      lines.append("3\n");
    }
    assertThat(file).content().isEqualTo("1\n2\n3\n");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anotherFileInItsPlaceIsTold() throws IOException {
    Path file = folder.resolve("a.csv");
    AppendedFile lines = AppendedFile.create(file);
    Files.move(file, folder.resolve("moved"));
    Files.writeString(file, "foreign");
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(() -> lines.append("1\n"))
        .withMessageContaining("another file has taken its place");
    assertThat(file).hasContent("foreign");
  }

  /** A channel would be closed for good. */
  @Test
  void anInterruptedThreadWrites() throws IOException {
    Path file = folder.resolve("a.csv");
    try (AppendedFile lines = AppendedFile.create(file)) {
      Thread.currentThread().interrupt();
      lines.append("1\n");
      lines.sync();
      WholeFile.write(folder.resolve("b"), "whole");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(file).hasContent("1\n");
    assertThat(folder.resolve("b")).hasContent("whole");
  }

  @Test
  void aFolderIsLockedOnce() throws IOException {
    long process = ProcessHandle.current().pid();
    try (FolderLock held = FolderLock.of(folder)) {
      assertThat(held.isInPlace()).isTrue();
      assertThat(folder.resolve(FolderLock.NAME)).hasContent(process + "\n");
      for (int i = 0; i < 2; i++) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> FolderLock.of(folder.resolve(".")))
            .withMessage(
                "output folder: "
                    + folder.resolve(".")
                    + " is in use by process "
                    + process
                    + ".\nMaybe another folder was meant, or that run should end first.");
      }
      Files.delete(folder.resolve(FolderLock.NAME));
      assertThat(held.isInPlace()).isFalse();
    }
    FolderLock.of(folder).close();
  }

  @Test
  void eachFileIsToldOnce() {
    List<String> told = new ArrayList<>();
    FailedWrites failures = new FailedWrites(told::add);
    Path file = folder.resolve("none/a");
    for (int i = 0; i < 3; i++) {
      failures.attempt(file, () -> WholeFile.write(file, "text"));
    }
    failures.attempt(folder.resolve("b"), () -> WholeFile.write(folder.resolve("b"), "text"));
    assertThat(told).hasSize(1);
    assertThat(told.get(0))
        .startsWith("warning: " + file + " cannot be written: its folder does not exist (")
        .endsWith("); the run goes on");
    assertThat(failures.has(file)).isTrue();
    assertThat(failures.messages()).hasSize(1);
    failures.attempt(file, () -> {});
    assertThat(failures.messages()).isEmpty();
    assertThat(told).hasSize(2).last().isEqualTo(file + " is written after all");
  }
}
