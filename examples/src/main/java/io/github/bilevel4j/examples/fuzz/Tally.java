package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Multiset;
import com.google.common.collect.TreeMultiset;
import io.github.bilevel4j.examples.report.Table;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Outcomes counted by class and label, with the first case of each kind of finding. */
public final class Tally {
  private final Map<Outcome.Kind, Multiset<String>> counts = new EnumMap<>(Outcome.Kind.class);
  private final Map<String, Outcome> first = new LinkedHashMap<>();

  /** Nothing yet. */
  public Tally() {
    for (Outcome.Kind kind : Outcome.Kind.values()) {
      counts.put(kind, TreeMultiset.create());
    }
  }

  /** Counts an outcome. */
  public void add(Outcome outcome) {
    counts.get(outcome.kind()).add(outcome.label());
    if (outcome.kind() == Outcome.Kind.FINDING) {
      first.putIfAbsent(outcome.label(), outcome);
    }
  }

  /** Number of outcomes of a class. */
  public int count(Outcome.Kind kind) {
    return counts.get(kind).size();
  }

  /** Number of all outcomes. */
  public int count() {
    return counts.values().stream().mapToInt(Multiset::size).sum();
  }

  /** How often there was an outcome. */
  int count(Outcome.Kind kind, String label) {
    return counts.get(kind).count(label);
  }

  /** The first case of each kind of finding. */
  public ImmutableList<Outcome> findings() {
    return ImmutableList.copyOf(first.values());
  }

  /** Values and refusals by operation. */
  public String table() {
    Multiset<String> labels = TreeMultiset.create();
    counts.forEach(
        (kind, of) -> labels.addAll(kind == Outcome.Kind.FINDING ? ImmutableList.of() : of));
    Table table = Table.of("", "values", "refused", "too large");
    for (String label : labels.elementSet()) {
      table =
          table.formatted(
              "%s|%,d|%,d|%,d",
              label,
              count(Outcome.Kind.VALUE, label),
              count(Outcome.Kind.REFUSED, label),
              count(Outcome.Kind.TOO_LARGE, label));
    }
    return table
        .formatted(
            "all|%,d|%,d|%,d",
            count(Outcome.Kind.VALUE), count(Outcome.Kind.REFUSED), count(Outcome.Kind.TOO_LARGE))
        .toString();
  }
}
