package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.github.bilevel4j.check.UsageError;
import java.time.Duration;
import java.util.List;

/**
 * Processes that train together, one replica each: all hold the same variables, each is fed rows of
 * its own of every batch, and what depends on all rows is computed from sums over the replicas
 * ({@link io.github.bilevel4j.expr.Collectives}).
 *
 * <p>An engine's port has no authentication: whoever reaches it can run operations in the process.
 * Addresses of other machines belong into a closed network.
 *
 * @param addresses where the replicas listen, {@code host:port}, in the order of their ranks
 * @param rank which of them this process is, counted from zero
 * @param timeout how long a run of a step may take, waiting for the others included
 */
public record Cluster(ImmutableList<String> addresses, int rank, Duration timeout) {
  /** Covers what the others may do between two steps: compiling, evaluation, checkpoints. */
  public static final Duration TIMEOUT = Duration.ofMinutes(5);

  /**
   * Checks the addresses.
   *
   * @throws UsageError if there are none, one is not {@code host:port} or is there twice, the rank
   *     is not one of them, or the timeout is shorter than a second
   */
  public Cluster {
    for (String address : addresses) {
      if (!isAddress(address)) {
        throw UsageError.in("cluster")
            .because("\"%s\" is not an address", address)
            .maybe("HOST:PORT was meant, such as 127.0.0.1:2222.");
      }
    }
    if (ImmutableSet.copyOf(addresses).size() < addresses.size()) {
      throw UsageError.in("cluster")
          .because("an address is there twice")
          .value("addresses", String.join(",", addresses))
          .error();
    }
    if (rank < 0 || rank >= addresses.size()) {
      throw UsageError.in("cluster")
          .because("the rank %d is not one of 0..%d", rank, addresses.size() - 1)
          .value("addresses", String.join(",", addresses))
          .error();
    }
    if (timeout.toSeconds() < 1) {
      throw UsageError.in("cluster").because("the timeout %s is below a second", timeout).error();
    }
  }

  /** The replica of a rank, with the timeout {@link #TIMEOUT}. */
  public static Cluster of(List<String> addresses, int rank) {
    return new Cluster(ImmutableList.copyOf(addresses), rank, TIMEOUT);
  }

  /** The same with another timeout. */
  public Cluster within(Duration other) {
    return new Cluster(addresses, rank, other);
  }

  /** The number of replicas. */
  public int replicas() {
    return addresses.size();
  }

  /** Whether all addresses are this machine's own, which others cannot reach. */
  public boolean isLocal() {
    return addresses.stream().allMatch(Cluster::isLoopback);
  }

  private static boolean isLoopback(String address) {
    String host = HostAndPort.fromString(address).getHost();
    return host.equals("localhost")
        || (InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress());
  }

  private static boolean isAddress(String address) {
    try {
      HostAndPort parsed = HostAndPort.fromString(address);
      return !parsed.getHost().isEmpty() && parsed.hasPort() && parsed.getPort() > 0;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }
}
