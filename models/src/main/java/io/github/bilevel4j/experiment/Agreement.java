package io.github.bilevel4j.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Joiner;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.LinkedListMultimap;
import com.google.common.collect.ListMultimap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What the replicas of an engine tell each other on the host, by sums. All must ask the same in the
 * same order; a question waits until all have asked it.
 */
public final class Agreement {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Engine engine;
  private final int replicas;

  /** What is asked before every step, and the others wait for: compiled once. */
  private final Expr number = Expr.input("agreement/number");

  private final Supplier<Program> sum;

  private Agreement(Engine engine) {
    this.engine = engine;
    this.replicas = engine.replicas();
    this.sum =
        Suppliers.memoize(
            () -> engine.compile(Step.named("agreement").output("sum", number.allSum(replicas))));
  }

  /** Among the replicas of an engine. */
  public static Agreement among(Engine engine) {
    return new Agreement(engine);
  }

  /** The number of replicas. */
  public int replicas() {
    return replicas;
  }

  /** The sum of a whole number of each, below 2^24. */
  public int sum(int own) {
    return replicas == 1
        ? own
        : (int) sum.get().run(Feed.of(number, Array.scalar(own))).scalar("sum");
  }

  /** Until all are here. */
  public void await() {
    int unused = sum(0);
  }

  /** The texts of all, by rank. */
  List<String> texts(String own) {
    byte[] bytes = own.getBytes(StandardCharsets.UTF_8);
    int longest =
        rows(new int[] {bytes.length}).stream().mapToInt(row -> row[0]).max().orElseThrow();
    int[] padded = new int[longest + 1];
    padded[longest] = bytes.length;
    for (int i = 0; i < bytes.length; i++) {
      padded[i] = bytes[i];
    }
    List<int[]> rows = rows(padded);
    return rows.stream().map(row -> text(row, row[longest])).toList();
  }

  /**
   * Requires equal settings on all.
   *
   * @param operation what is refused otherwise
   * @throws UsageError on all of them if some differ: which, and which rank has which value
   */
  public void requireSame(String operation, ImmutableMap<String, String> own) {
    if (replicas == 1) {
      return;
    }
    List<Map<String, String>> all = texts(json(own)).stream().map(Agreement::settings).toList();
    Set<String> names = new LinkedHashSet<>();
    all.forEach(each -> names.addAll(each.keySet()));
    names.removeIf(name -> ranks(all, name).keySet().size() == 1);
    if (names.isEmpty()) {
      return;
    }
    UsageError.Message mistake =
        UsageError.in(operation).because("replicas differ in %s", String.join(", ", names));
    for (String name : names) {
      mistake =
          mistake.row(
              name,
              ranks(all, name).asMap().entrySet().stream()
                  .map(each -> each.getKey() + " on rank " + Joiner.on(", ").join(each.getValue()))
                  .collect(Collectors.joining("; ")));
    }
    throw mistake.error();
  }

  /** The ranks that have each value of a setting. */
  private static ListMultimap<String, Integer> ranks(List<Map<String, String>> all, String name) {
    ListMultimap<String, Integer> ranks = LinkedListMultimap.create();
    for (int rank = 0; rank < all.size(); rank++) {
      ranks.put(all.get(rank).getOrDefault(name, "none"), rank);
    }
    return ranks;
  }

  private static String json(Map<String, String> settings) {
    try {
      return JSON.writeValueAsString(settings);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Map<String, String> settings(String json) {
    try {
      return JSON.readValue(json, new TypeReference<LinkedHashMap<String, String>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String text(int[] row, int length) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = (byte) row[i];
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  /** The rows of all, of numbers below 2^24, which single precision has. */
  private List<int[]> rows(int[] own) {
    Expr row = Expr.input("agreement/row", 1, own.length);
    Step step = Step.named("agreement texts").output("rows", row.allGather(replicas));
    try (Program program = engine.compile(step)) {
      Array values = Array.fill(Shape.of(1, own.length), i -> own[Math.toIntExact(i)]);
      Array all = program.run(Feed.of(row, values)).get("rows");
      return IntStream.range(0, replicas)
          .mapToObj(
              rank ->
                  IntStream.range(0, own.length)
                      .map(i -> (int) all.at(rank * own.length + i))
                      .toArray())
          .toList();
    }
  }
}
