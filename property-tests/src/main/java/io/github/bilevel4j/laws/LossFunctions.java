package io.github.bilevel4j.laws;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One loss function for each class of tests. */
final class LossFunctions {
  private static final Map<Class<?>, LossFunction> FUNCTIONS = new ConcurrentHashMap<>();

  private LossFunctions() {}

  static LossFunction of(EmbeddingLoss loss) {
    return FUNCTIONS.computeIfAbsent(
        loss.getClass(), key -> LossFunction.of(loss.views(), loss::loss));
  }

  static int views(Class<?> type) {
    return writes(type, Expr.class) && !writes(type, Expr.class, Expr.class) ? 1 : 2;
  }

  private static boolean writes(Class<?> type, Class<?>... parameters) {
    try {
      return type.getMethod("loss", parameters).getDeclaringClass() != EmbeddingLoss.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  static UsageError notWritten(Class<?> type) {
    return UsageError.in(type.getSimpleName())
        .because("the class claims laws of a loss and has no method for it")
        .row("one batch", "Expr loss(Expr z)")
        .row("two views", "Expr loss(Expr z1, Expr z2)")
        .row("more views", "Expr loss(List<Expr> views)", "and int views()")
        .error();
  }
}
