package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.check.UsageError;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.tensorflow.internal.c_api.TF_DeviceList;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;

/** The devices that TensorFlow sees. */
final class PhysicalDevices {
  private static final Supplier<ImmutableList<DeviceInfo>> ALL =
      Suppliers.memoize(PhysicalDevices::list);

  private PhysicalDevices() {}

  /** All devices, the processor first. */
  static ImmutableList<DeviceInfo> all() {
    return ALL.get();
  }

  /**
   * The device asked for.
   *
   * @throws IllegalArgumentException if there is none
   */
  static DeviceInfo find(Device wanted) {
    Device device = wanted.kind() == Device.Kind.AUTO ? best() : wanted;
    return all().stream()
        .filter(info -> info.device().equals(device))
        .findFirst()
        .orElseThrow(() -> missing(device));
  }

  private static Device best() {
    return all().stream()
        .map(DeviceInfo::device)
        .filter(device -> device.kind() == Device.Kind.GPU)
        .findFirst()
        .orElse(Device.cpu());
  }

  private static IllegalArgumentException missing(Device device) {
    return UsageError.in("device")
        .because("there is no %s", device)
        .row("found", all().stream().map(DeviceInfo::toString).collect(Collectors.joining(", ")))
        .row("NVIDIA driver", NvidiaDriver.isPresent() ? "present" : "not found")
        .row("CUDA libraries", CudaLibraries.onClassPath() ? "on the class path" : "the system's")
        .maybe("%s", adviceFor(device));
  }

  private static String adviceFor(Device device) {
    if (device.number() > 0 && all().size() > 1) {
      return "a smaller number was meant: GPUs are counted from zero.";
    }
    return NvidiaDriver.isPresent()
        ? "the program was built without the Maven profile \"gpu\"."
        : "this machine has no NVIDIA GPU, or its driver is not installed.";
  }

  private static ImmutableList<DeviceInfo> list() {
    CudaLibraries.load();
    TF_Status status = tensorflow.TF_NewStatus();
    TF_Graph graph = tensorflow.TF_NewGraph();
    TF_SessionOptions options = tensorflow.TF_NewSessionOptions();
    byte[] settings = SessionSettings.forAllDevices().toByteArray();
    try (BytePointer bytes = new BytePointer(settings)) {
      tensorflow.TF_SetConfig(options, bytes, settings.length, status);
      TF_Session session = tensorflow.TF_NewSession(graph, options, status);
      if (tensorflow.TF_GetCode(status) != tensorflow.TF_OK) {
        return ImmutableList.of(processor());
      }
      ImmutableList<DeviceInfo> devices = list(session, status);
      tensorflow.TF_CloseSession(session, status);
      tensorflow.TF_DeleteSession(session, status);
      return devices;
    } finally {
      tensorflow.TF_DeleteSessionOptions(options);
      tensorflow.TF_DeleteGraph(graph);
      tensorflow.TF_DeleteStatus(status);
    }
  }

  private static ImmutableList<DeviceInfo> list(TF_Session session, TF_Status status) {
    TF_DeviceList list = tensorflow.TF_SessionListDevices(session, status);
    ImmutableList.Builder<DeviceInfo> devices = ImmutableList.builder();
    devices.add(processor());
    int gpus = 0;
    for (int i = 0; i < tensorflow.TF_DeviceListCount(list); i++) {
      if (tensorflow.TF_DeviceListType(list, i, status).getString().equals("GPU")) {
        long memory = tensorflow.TF_DeviceListMemoryBytes(list, i, status);
        devices.add(new DeviceInfo(Device.gpu(gpus), NvidiaDriver.gpuModel(), memory));
        gpus++;
      }
    }
    tensorflow.TF_DeleteDeviceList(list);
    return devices.build();
  }

  private static DeviceInfo processor() {
    return new DeviceInfo(Device.cpu(), SessionSettings.description(), 0);
  }
}
