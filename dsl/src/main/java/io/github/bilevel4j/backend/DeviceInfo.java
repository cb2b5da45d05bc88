package io.github.bilevel4j.backend;

/**
 * A device that exists.
 *
 * @param device the processor or a GPU, never {@code auto}
 * @param description what it is, for people
 * @param memoryBytes memory that the engine may use on a GPU, in bytes; zero for the processor,
 *     whose memory is the machine's
 */
public record DeviceInfo(Device device, String description, long memoryBytes) {

  /** For instance {@code cpu (2 threads)}. */
  @Override
  public String toString() {
    return device + " (" + description + ")";
  }
}
