package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import java.util.List;
import java.util.Optional;

/**
 * An option of a command as it is given.
 *
 * @param name for instance {@code --alpha}
 * @param value empty for a flag
 */
@Immutable
public record Setting(String name, Optional<String> value) {
  /** An option with a value. */
  public static Setting of(String name, Object value) {
    return new Setting(name, Optional.of(value.toString()));
  }

  /** A flag. */
  public static Setting flag(String name) {
    return new Setting(name, Optional.empty());
  }

  /** As one argument, {@code --alpha=0.1}. */
  public String argument() {
    return value.map(given -> name + "=" + given).orElse(name);
  }

  /** Settings of which later ones replace those of the same name. */
  public static ImmutableList<Setting> replaced(List<Setting> settings, List<Setting> later) {
    return ImmutableList.<Setting>builder()
        .addAll(
            settings.stream()
                .filter(each -> later.stream().noneMatch(l -> l.name.equals(each.name)))
                .toList())
        .addAll(later)
        .build();
  }
}
