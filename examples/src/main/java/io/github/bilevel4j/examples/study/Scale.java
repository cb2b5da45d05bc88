package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Locale;

/** How large a study is made. */
public enum Scale {
  /** Minutes on two cores, on the built-in pictures. */
  TINY(2, 2, "small", "quick", 64, 5, 1, 1),
  /** Hours on a processor, on one data set. */
  SMALL(4, 5, "small", "quick", 128, 100, 10, 5),
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
      int every) {
    this.methods = methods;
    this.seeds = seeds;
    this.settings =
        ImmutableList.of(
            Setting.of("--encoder", encoder),
            Setting.of("--preset", preset),
            Setting.of("--batch", batch),
            Setting.of("--epochs", epochs));
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
