package io.github.bilevel4j.examples.source;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.EmbeddingLoss;
import io.github.bilevel4j.laws.LossFunction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
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
      if (isConcreteLoss(type)) {
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

  private static boolean isConcreteLoss(Class<?> type) {
    return EmbeddingLoss.class.isAssignableFrom(type)
        && !type.isInterface()
        && !Modifier.isAbstract(type.getModifiers());
  }

  private static Declared claiming(Class<?> type) {
    EmbeddingLoss loss = Instances.of(type.asSubclass(EmbeddingLoss.class));
    Set<String> laws = new LinkedHashSet<>();
    collect(type, laws);
    return new Declared(
        type.getSimpleName(), LossFunction.of(loss.views(), loss::loss), ImmutableSet.copyOf(laws));
  }

  private static void collect(Class<?> type, Set<String> names) {
    for (Class<?> each : type.getInterfaces()) {
      names.add(each.getSimpleName());
      collect(each, names);
    }
    if (type.getSuperclass() != null) {
      collect(type.getSuperclass(), names);
    }
  }

  private static List<Method> methods(Class<?> type) {
    List<Method> found = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      if (isLoss(method)) {
        for (Method other : found) {
          if (other.getName().equals(method.getName())) {
            throw UsageError.in("check")
                .because("%s has two losses of the name \"%s\"", type.getName(), method.getName())
                .maybe("one of them should be private or have another name.");
          }
        }
        found.add(method);
      }
    }
    found.sort((a, b) -> a.getName().compareTo(b.getName()));
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
