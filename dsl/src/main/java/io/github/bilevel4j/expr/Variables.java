package io.github.bilevel4j.expr;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Named variables: the unknowns of one level of a problem, or the state of a network. Keys are
 * unique within the set; {@link #vector()} is their value as a point.
 */
public final class Variables {
  private static final Variables NONE = new Variables(ImmutableMap.of());

  private final ImmutableMap<String, Expr> leaves;

  private Variables(ImmutableMap<String, Expr> leaves) {
    this.leaves = leaves;
  }

  /** No variables. */
  public static Variables none() {
    return NONE;
  }

  /**
   * The given variables under their own names.
   *
   * @throws IllegalArgumentException if one is not a variable or two have the same name
   */
  public static Variables of(Expr... variables) {
    return of(List.of(variables));
  }

  /** As {@link #of(Expr...)}. */
  public static Variables of(List<Expr> variables) {
    ImmutableMap.Builder<String, Expr> leaves = ImmutableMap.builder();
    for (Expr variable : variables) {
      if (!variable.isVariable()) {
        throw UsageError.in("variables")
            .because("an expression that is not a variable was given")
            .row("given", variable.label(), variable.shape().toString())
            .maybe("Expr.variable(...) was meant.");
      }
      leaves.put(variable.name(), variable);
    }
    List<String> twice = duplicates(variables);
    if (!twice.isEmpty()) {
      throw UsageError.in("variables")
          .because("the name \"%s\" is used twice", twice.get(0))
          .maybe("a layer was given the same name as another one.");
    }
    return new Variables(leaves.buildOrThrow());
  }

  /**
   * Variables whose names may be the same: all but the first one of a name have the key {@code name
   * (2)}, {@code name (3)} and so on. A variable that comes twice is taken once.
   *
   * @throws IllegalArgumentException if one is not a variable
   */
  public static Variables numbered(Iterable<Expr> variables) {
    Map<String, Expr> leaves = new LinkedHashMap<>();
    for (Expr variable : ImmutableSet.copyOf(variables)) {
      String name = of(variable).names().iterator().next();
      String key = name;
      for (int number = 2; leaves.containsKey(key); number++) {
        key = name + " (" + number + ")";
      }
      leaves.put(key, variable);
    }
    return new Variables(ImmutableMap.copyOf(leaves));
  }

  private static List<String> duplicates(List<Expr> variables) {
    Map<String, Long> counts =
        variables.stream().collect(Collectors.groupingBy(Expr::name, Collectors.counting()));
    return variables.stream().map(Expr::name).filter(n -> counts.get(n) > 1).toList();
  }

  /** The variables by key. */
  public ImmutableMap<String, Expr> leaves() {
    return leaves;
  }

  /** The keys in order. */
  public ImmutableSet<String> names() {
    return leaves.keySet();
  }

  /**
   * The variable of a key.
   *
   * @throws IllegalArgumentException if there is none, listing the keys that exist
   */
  public Expr get(String name) {
    return Names.lookUp("variable", leaves, name);
  }

  /** The current values as a point. */
  public Vector vector() {
    return Vector.of(leaves);
  }

  /** Number of real numbers in all variables together. */
  public long dimension() {
    return vector().dimension();
  }

  /** True if there are none. */
  public boolean isEmpty() {
    return leaves.isEmpty();
  }

  /**
   * These and other variables together.
   *
   * @throws IllegalArgumentException if a key is in both
   */
  public Variables and(Variables other) {
    for (String name : other.leaves.keySet()) {
      if (leaves.containsKey(name)) {
        throw UsageError.in("variables")
            .because("the name \"%s\" is used twice", name)
            .maybe("a layer was given the same name as another one.");
      }
    }
    return new Variables(
        ImmutableMap.<String, Expr>builder().putAll(leaves).putAll(other.leaves).buildOrThrow());
  }

  /** Those whose key satisfies a condition. */
  public Variables where(Predicate<String> condition) {
    return new Variables(
        leaves.entrySet().stream()
            .filter(entry -> condition.test(entry.getKey()))
            .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  /**
   * New variables with the same keys, shapes and first values, whose printed names begin with a
   * prefix: the second copy that a bi-level problem needs.
   */
  public Variables copy(String prefix) {
    ImmutableMap.Builder<String, Expr> copies = ImmutableMap.builder();
    leaves.forEach(
        (name, leaf) ->
            copies.put(
                name,
                Expr.variable(
                    prefix + "/" + name, leaf.shape(), ((Leaf.Variable) leaf.op()).initializer())));
    return new Variables(copies.buildOrThrow());
  }

  /** New variables for a vector's components, all starting at zero, named {@code prefix/name}. */
  public static Variables zerosLike(String prefix, Vector vector) {
    return like(prefix, vector, Initializer.zeros());
  }

  /** New variables for a vector's components, all starting at one, named {@code prefix/name}. */
  public static Variables onesLike(String prefix, Vector vector) {
    return like(prefix, vector, Initializer.ones());
  }

  private static Variables like(String prefix, Vector vector, Initializer initializer) {
    ImmutableMap.Builder<String, Expr> leaves = ImmutableMap.builder();
    vector
        .components()
        .forEach(
            (name, component) ->
                leaves.put(
                    name, Expr.variable(prefix + "/" + name, component.shape(), initializer)));
    return new Variables(leaves.buildOrThrow());
  }

  /** The variables that are in this set and in another one. */
  public ImmutableSet<Expr> sharedWith(Variables other) {
    return leaves.values().stream()
        .filter(other.leaves.values()::contains)
        .collect(ImmutableSet.toImmutableSet());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Variables variables && leaves.equals(variables.leaves);
  }

  @Override
  public int hashCode() {
    return leaves.hashCode();
  }

  /** The keys with their shapes. */
  @Override
  public String toString() {
    return leaves.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue().shape())
        .collect(Collectors.joining(", "));
  }
}
