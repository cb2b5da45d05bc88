package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Locale;

/** How large a study is made. */
public enum Scale {
  /** Minutes on two cores, on the built-in pictures. */
  TINY(2, 2, "small", "quick", 64, 5, 1, 1),
  /**
   * Hours on a processor, on one data set: pictures so few and small, and views so weak, that an
   * encoder memorizes them within minutes. Operations are so small that one thread takes less of
   * the processor than two.
   */
  SMALL(
      4,
      5,
      "small",
      "quick",
      64,
      2000,
      100,
      100,
      Setting.of("--device", "cpu"),
      Setting.of("--deterministic", 1),
      Setting.of("--image-size", 16),
      Setting.of("--views", "crop"),
      Setting.of("--rate", 0.002),
      Setting.of("--pretrain-images", 1250),
      Setting.of("--monitor-images", 1000),
      Setting.of("--probe-images", 4000)),
  /** As published, for GPUs. */
  PAPER(Integer.MAX_VALUE, 5, "resnet18", "solo", 256, 1000, 200, 5);

  private final int methods;
  private final int seeds;
  private final ImmutableList<Setting> settings;
  private final int ummEpochs;
  private final int every;

  Scale(
      int methods,
      int seeds,
      String encoder,
      String preset,
      int batch,
      int epochs,
      int ummEpochs,
      int every,
      Setting... others) {
    this.methods = methods;
    this.seeds = seeds;
    this.settings =
        ImmutableList.<Setting>builder()
            .add(
                Setting.of("--encoder", encoder),
                Setting.of("--preset", preset),
                Setting.of("--batch", batch),
                Setting.of("--epochs", epochs))
            .add(others)
            .build();
    this.ummEpochs = ummEpochs;
    this.every = every;
  }

  /** Those of a study's methods that it compares. */
  ImmutableList<String> methods(List<String> all) {
    return ImmutableList.copyOf(all.subList(0, Math.min(methods, all.size())));
  }

  /** Those of the values that a study sweeps. */
  ImmutableList<String> values(List<String> all) {
    int step = this == TINY ? Math.max(1, all.size() / 2) : 1;
    ImmutableList.Builder<String> values = ImmutableList.builder();
    for (int i = 0; i < all.size(); i += step) {
      values.add(all.get(i));
    }
    return values.build();
  }

  /** The number of seeds, 1, 2, ... */
  public int seeds() {
    return seeds;
  }

  /** What every training is told. */
  ImmutableList<Setting> settings() {
    return settings;
  }

  /** What a dense probe is told. */
  ImmutableList<Setting> detection() {
    return this == TINY
        ? ImmutableList.of(Setting.of("--image-size", 64), Setting.of("--epochs", 5))
        : ImmutableList.of(Setting.of("--image-size", 160), Setting.of("--epochs", 30));
  }

  int ummEpochs() {
    return ummEpochs;
  }

  /**
   * Whether every pre-training is measured while it goes on, so that tables of UMM and of monitors
   * have them in common.
   */
  boolean isMonitored() {
    return this == SMALL;
  }

  /**
   * Which share of the epochs the trainings have that are compared with joint training, an epoch of
   * which takes several times as long.
   */
  double shareOfJoint() {
    return this == SMALL ? 0.2 : 1;
  }

  /** Epochs between two measurements of a monitor. */
  int every() {
    return every;
  }

  /** The name, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
