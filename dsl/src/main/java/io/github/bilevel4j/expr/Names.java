package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.UsageError;
import java.util.Map;

/** Look-up by name whose failure lists the names that exist. */
final class Names {
  private Names() {}

  static <T> T lookUp(String kind, Map<String, T> map, String name) {
    T found = map.get(name);
    if (found == null) {
      throw UsageError.in(kind)
          .because("there is none named \"%s\"", name)
          .row("names", String.join(", ", map.keySet()))
          .maybe("one of these was meant.");
    }
    return found;
  }
}
