package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import com.google.common.base.Joiner;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: what is there, what works, what a GPU lacks. */
@Command(
    name = "doctor",
    description =
        "Shows versions and devices, checks derivatives on each device against closed forms, and"
            + " says what is missing for a GPU. Ends with status 0 if the processor passes.")
final class DoctorCommand extends PrintingCommand {
  @Option(names = "--device", description = "test this device alone: cpu, gpu:0, ...")
  private String device;

  @Override
  public Integer call() {
    try {
      return examine();
    } catch (LinkageError e) {
      // The first use of TensorFlow loads its natives.
      line("natives", Machine.natives());
      line("system", Machine.system());
      print(Machine.whyNoNatives(e));
      return 1;
    }
  }

  private int examine() {
    ImmutableList<DeviceInfo> all = TensorFlowEngine.availableDevices();
    ImmutableList<DeviceInfo> tested = device == null ? all : ImmutableList.of(requested());
    line("bilevel4j", Versions.bilevel4j());
    line("TensorFlow", Machine.tensorFlow());
    line("Java", Machine.java());
    line("system", Machine.system());
    line("processor", Machine.processor());
    line("plots", Curves.prepare().orElse("can be drawn"));
    print("Java heap   at most %.1f GiB", Runtime.getRuntime().maxMemory() / 0x1p30);
    line("devices", Joiner.on(", ").join(all));
    boolean passed = true;
    print("\nself test: gradient and Hessian-vector product against closed forms");
    for (DeviceInfo info : tested) {
      for (Precision precision : Precision.values()) {
        boolean ok = test(info, precision);
        passed &= ok || (device == null && info.device().kind() != Device.Kind.CPU);
      }
    }
    if (all.size() == 1) {
      print("\nno GPU is in use. What one needs:");
      for (GpuDiagnosis.Finding finding : GpuDiagnosis.findings()) {
        print(
            "  %-7s  %-17s %s",
            finding.met() ? "found" : "missing", finding.need(), finding.account());
      }
    }
    return passed ? 0 : 1;
  }

  private DeviceInfo requested() {
    try (Engine engine = TensorFlowEngine.open(Device.parse(device), Precision.FLOAT32)) {
      return engine.device();
    }
  }

  private boolean test(DeviceInfo device, Precision precision) {
    String what = device.device() + " " + Ascii.toLowerCase(precision.name());
    try {
      SelfTest.Outcome outcome = SelfTest.run(device, precision);
      print(
          "  %s  %-14s relative errors %.1e and %.1e (allowed %.0e), %.2f s",
          outcome.passed() ? "PASS" : "FAIL",
          what,
          outcome.gradientError(),
          outcome.productError(),
          outcome.tolerance(),
          outcome.time().toMillis() / 1e3);
      return outcome.passed();
    } catch (RuntimeException e) {
      print("  FAIL  %-14s %s", what, e.getMessage());
      return false;
    }
  }

  private void line(String name, String value) {
    print("%-11s %s", name, value);
  }
}
