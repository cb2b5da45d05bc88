package io.github.bilevel4j.backend;

/**
 * A replica of a {@link Cluster} has ended, cannot be reached, or did not take part in time. The
 * message has its rank and address. No later sum of this process succeeds.
 */
public final class LostReplicaException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** With a message in one line, and what was noticed first. */
  public LostReplicaException(String message, Throwable cause) {
    super(message, cause);
  }
}
