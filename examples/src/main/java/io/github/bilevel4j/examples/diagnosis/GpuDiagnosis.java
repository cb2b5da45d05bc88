package io.github.bilevel4j.examples.diagnosis;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What an NVIDIA GPU needs to be used, and what of it this machine and this build have. */
public final class GpuDiagnosis {
  private static final Path DEVICES = Path.of("/dev");
  private static final String DRIVER = "libcuda.so.1";
  private static final ImmutableList<String> DRIVER_FOLDERS =
      ImmutableList.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/usr/lib/wsl/lib",
          "/usr/local/nvidia/lib64",
          "/usr/local/cuda/compat");

  private GpuDiagnosis() {}

  /**
   * One thing that a GPU needs.
   *
   * @param need what it is
   * @param met whether it is there
   * @param account what was found, or what to do
   */
  public record Finding(String need, boolean met, String account) {}

  /** All that a GPU needs, in the order in which to look for it. */
  public static ImmutableList<Finding> findings() {
    return ImmutableList.of(deviceFiles(), driver(), natives(), cuda());
  }

  private static Finding deviceFiles() {
    List<String> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(DEVICES, "nvidia[0-9]*")) {
      found.forEach(file -> files.add(file.toString()));
    } catch (IOException e) {
      files.clear();
    }
    return files.isEmpty()
        ? new Finding("device", false, "no /dev/nvidia*: no NVIDIA GPU is visible here")
        : new Finding("device", true, String.join(", ", files));
  }

  private static Finding driver() {
    return driverFolders()
        .map(folder -> Path.of(folder, DRIVER))
        .filter(Files::exists)
        .findFirst()
        .map(file -> new Finding("driver", true, file.toString()))
        .orElse(
            new Finding(
                "driver", false, "no " + DRIVER + ": install NVIDIA's driver, 545 or newer"));
  }

  private static Stream<String> driverFolders() {
    String path = System.getenv().getOrDefault("LD_LIBRARY_PATH", "");
    return Stream.concat(
        Splitter.on(':').omitEmptyStrings().splitToStream(path), DRIVER_FOLDERS.stream());
  }

  private static Finding natives() {
    return Machine.hasGpuNatives()
        ? new Finding("natives", true, Machine.natives())
        : new Finding(
            "natives",
            false,
            "those on the class path ("
                + Machine.natives()
                + ") are for the processor alone: start with "
                + "BILEVEL4J_NATIVES=linux-x86_64-gpu ./bilevel4j");
  }

  private static Finding cuda() {
    boolean bundled =
        GpuDiagnosis.class.getResource("/org/bytedeco/cuda/linux-x86_64/libcudart.so.12") != null;
    return new Finding(
        "CUDA 12, cuDNN 9",
        bundled,
        bundled ? "on the class path" : "not on the class path; the system's are used if present");
  }
}
