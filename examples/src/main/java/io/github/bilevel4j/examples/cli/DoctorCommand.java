package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.diagnosis.GpuDiagnosis;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.examples.diagnosis.SelfTest;
import io.github.bilevel4j.examples.report.Curves;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code doctor}: what is there, what works, what a GPU lacks. */
@Command(
    name = "doctor",
    description =
        "Shows versions and devices, checks derivatives on each device against closed forms, and"
            + " says what is missing for a GPU. Ends with status 0 if the processor passes.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Option(names = "--device", description = "test this device alone: cpu, gpu:0, ...")
  private String device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      return examine(out);
    } catch (LinkageError e) {
      // The first use of TensorFlow loads its natives.
      line(out, "natives", Machine.natives());
      line(out, "system", Machine.system());
      out.println("TensorFlow's natives do not load: " + e.getMessage());
      return 1;
    } finally {
      out.flush();
    }
  }

  private int examine(PrintWriter out) {
    ImmutableList<DeviceInfo> all = TensorFlowEngine.availableDevices();
    ImmutableList<DeviceInfo> tested = device == null ? all : ImmutableList.of(requested());
    printMachine(out, all);
    boolean passed = true;
    out.println("\nself test: gradient and Hessian-vector product against closed forms");
    for (DeviceInfo info : tested) {
      for (Precision precision : Precision.values()) {
        boolean ok = test(out, info, precision);
        passed &= ok || (device == null && info.device().kind() != Device.Kind.CPU);
      }
    }
    if (all.size() == 1) {
      printGpu(out);
    }
    return passed ? 0 : 1;
  }

  private DeviceInfo requested() {
    try (Engine engine = TensorFlowEngine.open(Device.parse(device), Precision.FLOAT32)) {
      return engine.device();
    }
  }

  private static void printMachine(PrintWriter out, List<DeviceInfo> devices) {
    line(out, "bilevel4j", Versions.bilevel4j());
    line(out, "TensorFlow", Machine.tensorFlow());
    line(out, "Java", Machine.java());
    line(out, "system", Machine.system());
    line(out, "processor", Machine.processor());
    line(out, "plots", Curves.prepare().orElse("can be drawn"));
    line(
        out,
        "Java heap",
        String.format(Locale.ROOT, "at most %.1f GiB", Runtime.getRuntime().maxMemory() / 0x1p30));
    line(
        out,
        "devices",
        devices.stream().map(DeviceInfo::toString).collect(Collectors.joining(", ")));
  }

  private static boolean test(PrintWriter out, DeviceInfo device, Precision precision) {
    String what = device.device() + " " + precision.name().toLowerCase(Locale.ROOT);
    try {
      SelfTest.Outcome outcome = SelfTest.run(device, precision);
      out.printf(
          Locale.ROOT,
          "  %s  %-14s relative errors %.1e and %.1e (allowed %.0e), %.2f s%n",
          outcome.passed() ? "PASS" : "FAIL",
          what,
          outcome.gradientError(),
          outcome.productError(),
          outcome.tolerance(),
          outcome.time().toMillis() / 1e3);
      return outcome.passed();
    } catch (RuntimeException e) {
      out.printf(Locale.ROOT, "  FAIL  %-14s %s%n", what, e.getMessage());
      return false;
    }
  }

  private static void printGpu(PrintWriter out) {
    out.println("\nno GPU is in use. What one needs:");
    GpuDiagnosis.findings()
        .forEach(
            finding ->
                out.printf(
                    Locale.ROOT,
                    "  %-7s  %-17s %s%n",
                    finding.met() ? "found" : "missing",
                    finding.need(),
                    finding.account()));
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-11s %s%n", name, value);
  }
}
