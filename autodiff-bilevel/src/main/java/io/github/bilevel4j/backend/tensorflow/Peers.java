package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.LostReplicaException;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Who of a cluster listens at its address. A process that has ended does not. */
final class Peers {
  /** How long a process may take to answer at its address. */
  private static final int ANSWER_MILLIS = 2000;

  /** How a client of HTTP/2 begins, on which gRPC is: RFC 9113, 3.4, with empty settings. */
  private static final String GREETING = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0";

  private static final int PAUSE_MILLIS = 100;

  private final Cluster cluster;

  Peers(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Requires that this process can listen at its own address.
   *
   * @throws UsageError if its host is not this machine, or another process listens there
   */
  void requireOwn() {
    String own = cluster.addresses().get(cluster.rank());
    HostAndPort address = HostAndPort.fromString(own);
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(resolved(own), address.getPort()));
    } catch (BindException refused) {
      throw UsageError.in("cluster")
          .because("replica %d cannot listen at %s: %s", cluster.rank(), own, refused.getMessage())
          .maybe("another process does, or the rank is that of another machine.");
    } catch (IOException e) {
      throw UsageError.in("cluster")
          .because("replica %d cannot listen at %s: %s", cluster.rank(), own, e.getMessage())
          .error();
    }
  }

  /**
   * Waits until all listen.
   *
   * @throws UsageError if a host has no address
   * @throws LostReplicaException if some do not listen within the cluster's timeout
   */
  void await() {
    cluster.addresses().forEach(Peers::resolved);
    long end = System.nanoTime() + cluster.timeout().toNanos();
    List<String> missing = silent();
    while (!missing.isEmpty()) {
      if (System.nanoTime() > end) {
        throw new LostReplicaException(
            "cluster: %s did not begin within %d s"
                .formatted(String.join(", ", missing), cluster.timeout().toSeconds()),
            null);
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LostReplicaException("cluster: interrupted", e);
      }
      missing = silent();
    }
  }

  private static InetAddress resolved(String address) {
    String host = HostAndPort.fromString(address).getHost();
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw UsageError.in("cluster")
          .because("the host %s of %s is not known here", host, address)
          .maybe("its name is misspelt, or its number should be given.");
    }
  }

  /** The replicas that do not listen at their addresses: their processes have ended. */
  ImmutableList<String> silent() {
    return others(address -> !answers(address, false));
  }

  /** The replicas whose processes are there and do nothing; all others if there is none such. */
  ImmutableList<String> late() {
    ImmutableList<String> stopped = others(address -> !answers(address, true));
    return stopped.isEmpty() ? others(address -> true) : stopped;
  }

  private ImmutableList<String> others(Predicate<HostAndPort> chosen) {
    ImmutableList<String> addresses = cluster.addresses();
    return IntStream.range(0, addresses.size())
        .filter(rank -> rank != cluster.rank())
        .filter(rank -> chosen.test(HostAndPort.fromString(addresses.get(rank))))
        .mapToObj(rank -> "replica %d at %s".formatted(rank, addresses.get(rank)))
        .collect(ImmutableList.toImmutableList());
  }

  /** The system answers for a process that is stopped, but says nothing. */
  private static boolean answers(HostAndPort address, boolean inPerson) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), ANSWER_MILLIS);
      if (!inPerson) {
        return true;
      }
      socket.setSoTimeout(ANSWER_MILLIS);
      socket.getOutputStream().write(GREETING.getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() >= 0;
    } catch (IOException refused) {
      return false;
    }
  }
}
