package io.github.bilevel4j.laws;

import java.util.Optional;

/**
 * What came of the search for a counterexample.
 *
 * @param law the law
 * @param kind whether it holds
 * @param examples the number of examples at which it was checked
 * @param counterexample the smallest counterexample found, if it fails
 * @param reason why it cannot be applied; else empty
 */
public record LawOutcome(
    Law law, Kind kind, int examples, Optional<Counterexample> counterexample, String reason) {

  /** The kinds of outcomes. */
  public enum Kind {
    /** No counterexample was found. */
    HOLDS,
    /** There is a counterexample. */
    FAILS,
    /** The law says nothing about the loss, or the loss cannot be formed at any of the shapes. */
    NOT_APPLICABLE
  }

  static LawOutcome holds(Law law, int examples) {
    return new LawOutcome(law, Kind.HOLDS, examples, Optional.empty(), "");
  }

  static LawOutcome fails(Law law, int examples, Counterexample counterexample) {
    return new LawOutcome(law, Kind.FAILS, examples, Optional.of(counterexample), "");
  }

  static LawOutcome notApplicable(Law law, String reason) {
    return new LawOutcome(law, Kind.NOT_APPLICABLE, 0, Optional.empty(), reason);
  }

  /** One line, for a failure followed by the counterexample. */
  @Override
  public String toString() {
    return switch (kind) {
      case HOLDS -> law.name() + " holds at " + examples + " examples: " + law.formula();
      case FAILS -> counterexample.orElseThrow().toString();
      case NOT_APPLICABLE -> law.name() + " cannot be applied: " + reason;
    };
  }
}
