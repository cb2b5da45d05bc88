package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A linear function of a direction that is a mean over micro-batches, such as a Hessian-vector
 * product, in the place of its expression. Asked for a product it notes the argument and answers
 * with variables; {@link Phase#run} computes the argument, goes through the micro-batches and fills
 * these variables. So a linear solver, which knows of expressions alone, can be run on it, and
 * nothing of a micro-batch is kept.
 */
final class AccumulatedProducts {
  private static final String PRODUCT = "product";

  private final String name;
  private final Engine engine;
  private final Variables direction;
  private final BatchMean mean;
  private final List<Product> all = new ArrayList<>();
  private final Set<Expr> changing = new HashSet<>();
  private final Phase once = new Phase();
  private Phase current = once;

  private record Product(Vector argument, Variables result, Program load, Program keep) {}

  /** Products that are computed one after another. */
  final class Phase {
    private final List<Product> products = new ArrayList<>();

    void run(List<Feed> microBatches) {
      for (Product product : products) {
        product.load().run();
        mean.over(microBatches);
        product.keep().run();
      }
    }
  }

  AccumulatedProducts(String name, Vector like, UnaryOperator<Vector> function, Engine engine) {
    this.name = name;
    this.engine = engine;
    direction = Variables.zerosLike(name + "/direction", like);
    mean =
        new BatchMean(
            name,
            ImmutableMap.of(PRODUCT, function.apply(direction.vector())),
            ImmutableMap.of(),
            engine);
  }

  /** The products noted until {@link #phase} is called first, and those that never change. */
  Phase once() {
    return once;
  }

  /** From now on, products with an argument that depends on these variables are noted apart. */
  Phase phase(Iterable<Expr> variables) {
    Iterables.addAll(changing, variables);
    current = new Phase();
    return current;
  }

  /** The product with an argument. */
  Vector of(Vector argument) {
    for (Product known : all) {
      if (known.argument().equals(argument)) {
        return known.result().vector();
      }
    }
    String label = name + "/product " + all.size();
    Vector value = mean.of(PRODUCT);
    Variables result = Variables.zerosLike(label, value);
    Product product =
        new Product(
            argument,
            result,
            engine.compile(Step.named(label + "/load").updating(Update.of(direction, argument))),
            engine.compile(Step.named(label + "/keep").updating(Update.of(result, value))));
    all.add(product);
    if (Iterables.any(Expr.nodesOf(argument.components().values()), changing::contains)) {
      changing.addAll(result.leaves().values());
      current.products.add(product);
    } else {
      once.products.add(product);
    }
    return result.vector();
  }

  /** The program that is fed. */
  Program program() {
    return mean.program();
  }
}
