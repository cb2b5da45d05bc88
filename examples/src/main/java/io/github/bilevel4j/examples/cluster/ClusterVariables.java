package io.github.bilevel4j.examples.cluster;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.check.UsageError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cluster as the variables of the program that started this process tell it: of torchrun, or else
 * of Slurm's srun.
 *
 * <ul>
 *   <li>torchrun: {@code RANK}, {@code WORLD_SIZE}, {@code MASTER_PORT}. It tells the address of
 *       one machine only, so all replicas must be on it ({@code LOCAL_WORLD_SIZE}); they listen on
 *       the loopback address at the ports after {@code MASTER_PORT}, at which torchrun does.
 *   <li>srun: {@code SLURM_PROCID}, {@code SLURM_NTASKS}, {@code SLURM_STEP_NODELIST} or {@code
 *       SLURM_NODELIST}, {@code SLURM_STEP_TASKS_PER_NODE} or {@code SLURM_TASKS_PER_NODE}. Ranks
 *       are in blocks, those of the first machine first; those of one machine have ports in turn.
 * </ul>
 */
public final class ClusterVariables {
  private static final String OPERATION = "--cluster auto";
  private static final String ADVICE = "--cluster HOST:PORT,HOST:PORT --rank R was meant.";

  /** Names up to a comma, which may be within brackets. */
  private static final Pattern HOSTS =
      Pattern.compile("([^,\\[\\]]*(?:\\[[\\d,-]+\\][^,\\[\\]]*)*)(?:,|$)");

  private static final Pattern RANGES = Pattern.compile("([^\\[]*)\\[([^\\]]+)\\](.*)");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");
  private static final Pattern TASKS = Pattern.compile("(\\d{1,9})(?:\\(x(\\d{1,9})\\))?");
  private static final int MOST = 1 << 16;

  private final Map<String, String> variables;

  private ClusterVariables(Map<String, String> variables) {
    this.variables = variables;
  }

  /**
   * The cluster and this process's rank.
   *
   * @param port the first one of each machine, under Slurm
   * @throws UsageError if there are no such variables, or they do not tell where all replicas are
   */
  public static Cluster of(Map<String, String> variables, int port) {
    ClusterVariables given = new ClusterVariables(variables);
    if (variables.containsKey("RANK") && variables.containsKey("WORLD_SIZE")) {
      return given.torchrun();
    }
    if (variables.containsKey("SLURM_PROCID")) {
      return given.slurm(port);
    }
    throw UsageError.in(OPERATION)
        .because("neither torchrun's RANK and WORLD_SIZE nor Slurm's SLURM_PROCID are set")
        .maybe("%s", ADVICE);
  }

  private Cluster torchrun() {
    int replicas = number("WORLD_SIZE");
    if (variables.containsKey("LOCAL_WORLD_SIZE") && number("LOCAL_WORLD_SIZE") != replicas) {
      throw UsageError.in(OPERATION)
          .because("torchrun tells the address of one of its machines only")
          .value("WORLD_SIZE", replicas)
          .value("LOCAL_WORLD_SIZE", number("LOCAL_WORLD_SIZE"))
          .maybe("%s", ADVICE);
    }
    int first = number("MASTER_PORT") + 1;
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < replicas; i++) {
      addresses.add("127.0.0.1:" + (first + i));
    }
    return Cluster.of(addresses, number("RANK"));
  }

  private Cluster slurm(int port) {
    int replicas = number("SLURM_NTASKS");
    ImmutableList<String> hosts = hosts(either("SLURM_STEP_NODELIST", "SLURM_NODELIST"));
    ImmutableList<Integer> tasks =
        tasks(either("SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE"));
    List<String> addresses = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (int node = 0; node < Math.min(hosts.size(), tasks.size()); node++) {
      for (int local = 0; local < tasks.get(node); local++) {
        addresses.add(hosts.get(node) + ":" + (port + local));
        places.add(node + "/" + local);
      }
    }
    int rank = number("SLURM_PROCID");
    if (hosts.size() != tasks.size() || addresses.size() != replicas || rank >= replicas) {
      throw UsageError.in(OPERATION)
          .because("Slurm's variables are of %d tasks, and are not those of srun", addresses.size())
          .value("SLURM_NTASKS", replicas)
          .value("SLURM_PROCID", rank)
          .value("nodes", String.join(",", hosts))
          .value("tasks on each", tasks)
          .maybe("srun ./bilevel4j was meant, within the batch job.");
    }
    requireBlocks(places.get(rank));
    return Cluster.of(addresses, rank);
  }

  /** Slurm can also deal tasks to machines in turn. */
  private void requireBlocks(String place) {
    String own = variables.get("SLURM_NODEID") + "/" + variables.get("SLURM_LOCALID");
    if (variables.containsKey("SLURM_NODEID")
        && variables.containsKey("SLURM_LOCALID")
        && !own.equals(place)) {
      throw UsageError.in(OPERATION)
          .because("the ranks are not in blocks: node and task on it are %s, not %s", own, place)
          .maybe("srun --distribution=block was meant.");
    }
  }

  private String either(String name, String other) {
    return Optional.ofNullable(variables.get(name))
        .or(() -> Optional.ofNullable(variables.get(other)))
        .orElseThrow(
            () -> UsageError.in(OPERATION).because("%s is not set", other).maybe("%s", ADVICE));
  }

  private int number(String name) {
    String text = variables.getOrDefault(name, "");
    Integer value = Ints.tryParse(text);
    if (value == null || value < 0 || value > MOST) {
      throw UsageError.in(OPERATION)
          .because(
              "%s is %s", name, text.isEmpty() ? "not set" : "\"" + text + "\", no such number")
          .maybe("%s", ADVICE);
    }
    return value;
  }

  /** {@code node[1-3,07],other} one by one; leading zeros stay. */
  static ImmutableList<String> hosts(String list) {
    ImmutableList.Builder<String> hosts = ImmutableList.builder();
    Matcher parts = HOSTS.matcher(list);
    int end = 0;
    while (end < list.length()
        && parts.find(end)
        && parts.start() == end
        && !parts.group(1).isEmpty()) {
      hosts.addAll(expanded(parts.group(1), list));
      end = parts.end();
    }
    if (end < list.length() || list.isEmpty()) {
      throw malformed("node list", list);
    }
    return hosts.build();
  }

  private static ImmutableList<String> expanded(String host, String list) {
    Matcher ranges = RANGES.matcher(host);
    if (!ranges.matches()) {
      return ImmutableList.of(host);
    }
    ImmutableList.Builder<String> hosts = ImmutableList.builder();
    for (String part : Splitter.on(',').split(ranges.group(2))) {
      Matcher range = RANGE.matcher(part);
      if (!range.matches()) {
        throw malformed("node list", list);
      }
      String first = range.group(1);
      int last = Integer.parseInt(range.group(2) == null ? first : range.group(2));
      if (last - Integer.parseInt(first) > MOST) {
        throw malformed("node list", list);
      }
      for (int i = Integer.parseInt(first); i <= last; i++) {
        String number = String.format("%0" + first.length() + "d", i);
        for (String rest : expanded(ranges.group(3), list)) {
          hosts.add(ranges.group(1) + number + rest);
        }
      }
    }
    return hosts.build();
  }

  /** {@code 2(x3),1} one by one. */
  static ImmutableList<Integer> tasks(String list) {
    ImmutableList.Builder<Integer> tasks = ImmutableList.builder();
    for (String part : Splitter.on(',').split(list)) {
      Matcher counted = TASKS.matcher(part);
      if (!counted.matches()) {
        throw malformed("number of tasks", list);
      }
      int times = counted.group(2) == null ? 1 : Integer.parseInt(counted.group(2));
      if (times > MOST || Integer.parseInt(counted.group(1)) > MOST) {
        throw malformed("number of tasks", list);
      }
      for (int i = 0; i < times; i++) {
        tasks.add(Integer.parseInt(counted.group(1)));
      }
    }
    return tasks.build();
  }

  private static UsageError malformed(String what, String list) {
    return UsageError.in(OPERATION)
        .because("Slurm's %s \"%s\" cannot be read", what, list)
        .maybe("%s", ADVICE);
  }
}
