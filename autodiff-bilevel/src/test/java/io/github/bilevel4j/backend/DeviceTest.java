package io.github.bilevel4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DeviceTest {

  @Test
  void readsWhatItPrints() {
    for (Device device : new Device[] {Device.auto(), Device.cpu(), Device.gpu(0), Device.gpu(3)}) {
      assertThat(Device.parse(device.toString())).isEqualTo(device);
    }
  }

  @Test
  void readsShortAndUpperCaseForms() {
    assertThat(Device.parse("gpu")).isEqualTo(Device.gpu(0));
    assertThat(Device.parse(" GPU:1 ")).isEqualTo(Device.gpu(1));
    assertThat(Device.parse("CPU")).isEqualTo(Device.cpu());
  }

  @Test
  void saysWhichDevicesThereCouldBe() {
    assertThatThrownBy(() -> Device.parse("cuda"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            device: "cuda" is not a device.
              devices  auto, cpu, gpu:0, gpu:1, ...
            Maybe gpu:0 was meant.""");
  }

  @Test
  void printsAnExistingDeviceWithItsDescription() {
    assertThat(new DeviceInfo(Device.gpu(1), "NVIDIA H100", 1)).hasToString("gpu:1 (NVIDIA H100)");
  }
}
