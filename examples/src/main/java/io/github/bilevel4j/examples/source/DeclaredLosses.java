package io.github.bilevel4j.examples.source;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.reflect.TypeToken;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.EmbeddingLoss;
import io.github.bilevel4j.laws.LossFunction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The losses that classes declare: static methods {@code Expr -> Expr} and {@code (Expr, Expr) ->
 * Expr} that are not private, and classes that claim laws as {@link EmbeddingLoss}.
 */
public final class DeclaredLosses {
  private DeclaredLosses() {}

  /**
   * A loss.
   *
   * @param name {@code Class.method}, or the class alone if it claims laws
   * @param function the loss; the caller closes it
   * @param claimed the names of the laws that it claims
   */
  public record Declared(String name, LossFunction function, ImmutableSet<String> claimed) {}

  /**
   * All losses of some classes.
   *
   * @param where the file or class, for messages
   * @throws UsageError if there is none, or a class has two of one name
   */
  public static ImmutableList<Declared> in(String where, List<Class<?>> classes) {
    ImmutableList.Builder<Declared> all = ImmutableList.builder();
    for (Class<?> type : classes) {
      if (Instances.canBe(EmbeddingLoss.class, type)) {
        all.add(claiming(type));
      } else {
        methods(type).forEach(method -> all.add(ofMethod(type, method)));
      }
    }
    ImmutableList<Declared> losses = all.build();
    if (losses.isEmpty()) {
      throw UsageError.in("check")
          .because("%s declares no loss", where)
          .row("sought", "static Expr f(Expr z)")
          .row("sought", "static Expr f(Expr z1, Expr z2)")
          .row("sought", "a class that implements laws, such as RotationInvariant")
          .error();
    }
    return losses;
  }

  private static Declared claiming(Class<?> type) {
    EmbeddingLoss loss = Instances.of(type.asSubclass(EmbeddingLoss.class));
    return new Declared(
        type.getSimpleName(),
        LossFunction.of(loss.views(), loss::loss),
        TypeToken.of(type).getTypes().interfaces().rawTypes().stream()
            .map(Class::getSimpleName)
            .collect(ImmutableSet.toImmutableSet()));
  }

  private static List<Method> methods(Class<?> type) {
    List<Method> found =
        Arrays.stream(type.getDeclaredMethods())
            .filter(DeclaredLosses::isLoss)
            .sorted(Comparator.comparing(Method::getName))
            .toList();
    Set<String> names = new HashSet<>();
    for (Method method : found) {
      if (!names.add(method.getName())) {
        throw UsageError.in("check")
            .because("%s has two losses of the name \"%s\"", type.getName(), method.getName())
            .maybe("one of them should be private or have another name.");
      }
    }
    return found;
  }

  private static boolean isLoss(Method method) {
    return Modifier.isStatic(method.getModifiers())
        && !Modifier.isPrivate(method.getModifiers())
        && !method.isSynthetic()
        && method.getReturnType() == Expr.class
        && (method.getParameterCount() == 1 || method.getParameterCount() == 2)
        && Arrays.stream(method.getParameterTypes()).allMatch(each -> each == Expr.class);
  }

  private static Declared ofMethod(Class<?> type, Method method) {
    method.setAccessible(true);
    return new Declared(
        type.getSimpleName() + "." + method.getName(),
        LossFunction.of(method.getParameterCount(), views -> invoke(method, views)),
        ImmutableSet.of());
  }

  private static Expr invoke(Method method, List<Expr> views) {
    try {
      return (Expr) method.invoke(null, views.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException own) {
        throw own;
      }
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
