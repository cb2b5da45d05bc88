package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The reference semantics of expressions: every primitive in double precision by plain loops, on
 * the host and slowly, for tests. Symbolic gradients are expanded first.
 */
public final class Interpreter {
  private final ImmutableMap<Expr, Array> leaves;

  private Interpreter(Map<Expr, Array> leaves) {
    this.leaves = ImmutableMap.copyOf(leaves);
  }

  /** Variables hold their first values; there are no inputs. */
  public static Interpreter atStart() {
    return new Interpreter(Map.of());
  }

  /** Given values of variables and inputs; other variables hold their first values. */
  public static Interpreter at(Map<Expr, Array> leaves) {
    return new Interpreter(leaves);
  }

  /**
   * The value of an expression.
   *
   * @throws IllegalArgumentException if it contains an input that was given no value
   */
  public Array evaluate(Expr expression) {
    Expr expanded = Derivatives.expand(expression);
    return valuesOf(List.of(expanded)).get(expanded);
  }

  /** The values of all components. */
  public ImmutableMap<String, Array> evaluate(Vector vector) {
    Vector expanded = Derivatives.expand(vector);
    Map<Expr, Array> values = valuesOf(expanded.components().values());
    ImmutableMap.Builder<String, Array> result = ImmutableMap.builder();
    expanded.components().forEach((name, component) -> result.put(name, values.get(component)));
    return result.buildOrThrow();
  }

  /**
   * What the primitive of a node gives at some values of its inputs.
   *
   * @throws IllegalArgumentException if the node is a leaf, or of a primitive of a user's own
   */
  public static Array applied(Expr node, List<Array> inputs) {
    return Kernels.apply(node.op(), node.shape(), inputs);
  }

  private Map<Expr, Array> valuesOf(Iterable<Expr> roots) {
    Map<Expr, Array> values = new HashMap<>();
    for (Expr node : Expr.nodesOf(roots)) {
      values.put(node, node.op() instanceof Leaf ? leaf(node) : computed(node, values));
    }
    return values;
  }

  private static Array computed(Expr node, Map<Expr, Array> values) {
    return applied(node, node.inputs().stream().map(values::get).toList());
  }

  private Array leaf(Expr node) {
    if (leaves.containsKey(node)) {
      return leaves.get(node);
    }
    if (node.op() instanceof Leaf.Constant constant) {
      return constant.value();
    }
    if (node.op() instanceof Leaf.ReplicaIndex index) {
      CollectiveKernels.requireOne(index.label(), index.replicas());
      return Array.scalar(0);
    }
    if (node.op() instanceof Leaf.Variable variable) {
      return variable.initializer().values(variable.shape());
    }
    throw new IllegalArgumentException("no value for the input " + node);
  }
}
