package io.github.bilevel4j.examples.cli;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableSet;
import com.google.common.graph.Traverser;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Recipe;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All settings of a recipe by their paths, found by reflection: every number, flag and choice that
 * its method, views and optimizer hold, in records, in other objects and in what lambdas have
 * captured. A type that is not known here is an error, so that nothing is left out in silence.
 *
 * <p>Texts are those of single values. What depends on the step is a curve, an expression of the
 * context's step. Names, seeds and random keys are no settings.
 */
final class RecipeSettings {
  private static final int MOST_DRAWN = 100_000;

  private final MethodContext context;
  private final Variables trained;
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final Map<String, Expr> curves = new LinkedHashMap<>();

  private RecipeSettings(MethodContext context, Variables trained) {
    this.context = context;
    this.trained = trained;
  }

  static RecipeSettings of(MethodContext context, Recipe recipe) {
    RecipeSettings settings =
        new RecipeSettings(
            context, context.encoder().parameters().and(recipe.method().parameters()));
    settings.readFields("", recipe);
    return settings;
  }

  /** Single values by path. */
  Map<String, String> texts() {
    return texts;
  }

  /** Scalars of the step by path. */
  Map<String, Expr> curves() {
    return curves;
  }

  private void text(String path, Object value) {
    if (texts.put(path, value.toString()) != null) {
      throw new IllegalStateException("two settings of the path " + path);
    }
  }

  private void read(String path, Object value, Type declared) {
    if (value instanceof String || value instanceof RandomKey) {
      return;
    }
    if (value == null) {
      text(path, "none");
    } else if (value instanceof Number || value instanceof Boolean || value instanceof Enum<?>) {
      text(path, value);
    } else if (value instanceof OptionalInt number) {
      text(path, number.isPresent() ? number.getAsInt() : "none");
    } else if (value instanceof Optional<?> optional) {
      optional.ifPresentOrElse(some -> read(path, some, Object.class), () -> text(path, "none"));
    } else if (value instanceof Expr expr) {
      readExpression(path, expr);
    } else if (value instanceof Schedule schedule) {
      curves.put(path, schedule.at(context.step()));
    } else if (value instanceof Variables variables) {
      text(path, groups(variables.names(), variables.names()));
    } else if (value instanceof Layer layer) {
      text(path, layers(layer));
    } else if (value instanceof Augmentation augmentation) {
      readAugmentation(path, augmentation);
    } else if (value instanceof Iterable<?> all) {
      readElements(path, all, declared);
    } else if (isOfNames(value)) {
      text(path, chosen(value));
    } else if (value.getClass().getName().startsWith("io.github.bilevel4j.")
        && !value.getClass().isHidden()) {
      if (!(declared instanceof Class<?> type && name(type).equals(name(value.getClass())))) {
        text(path, name(value.getClass()));
      }
      readFields(path, value);
    } else {
      throw new IllegalStateException(
          "a setting of a type that is not known: " + path + ", " + value.getClass());
    }
  }

  private void readFields(String path, Object value) {
    for (Field field : fields(value.getClass())) {
      read(
          path.isEmpty() ? field.getName() : path + "." + field.getName(),
          get(field, value),
          field.getGenericType());
    }
  }

  private static List<Field> fields(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    for (Class<?> each = type; each != Object.class; each = each.getSuperclass()) {
      for (Field field : each.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())
            && !Modifier.isTransient(field.getModifiers())) {
          fields.add(field);
        }
      }
    }
    return fields;
  }

  private static Object get(Field field, Object object) {
    try {
      field.setAccessible(true);
      return field.get(object);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(Class<?> type) {
    return type.getSimpleName().replaceFirst("^Immutable", "");
  }

  private void readElements(String path, Iterable<?> all, Type declared) {
    Type of =
        declared instanceof ParameterizedType list ? list.getActualTypeArguments()[0] : declared;
    int count = 0;
    for (Object each : all) {
      count++;
      read(path + "." + count, each, of);
    }
    text(path, count);
  }

  /** What a chain consists of, then the settings of its members under their names. */
  private void readAugmentation(String path, Augmentation augmentation) {
    List<Augmentation> chain = chain(augmentation).toList();
    text(path, chain.stream().map(each -> name(each.getClass())).collect(joining(" ")));
    chain.forEach(each -> readFields(path + "." + name(each.getClass()), each));
  }

  private static Stream<Augmentation> chain(Augmentation augmentation) {
    Class<?> type = augmentation.getClass();
    if (!type.isHidden() && !name(type).equals("InTurn")) {
      return Stream.of(augmentation);
    }
    return fields(augmentation.getClass()).stream()
        .map(field -> get(field, augmentation))
        .flatMap(part -> chain((Augmentation) part));
  }

  private void readExpression(String path, Expr expr) {
    Set<Expr> nodes =
        ImmutableSet.copyOf(Traverser.<Expr>forGraph(Expr::inputs).breadthFirst(expr));
    Set<Expr> variables = new TreeSet<>(Comparator.comparing(Expr::name));
    nodes.stream().filter(node -> node.op() instanceof Leaf.Variable).forEach(variables::add);
    if (expr.op() instanceof Leaf.Variable variable) {
      text(path + ".shape", shape(expr));
      text(path + ".initial", initial(variable));
    } else if (expr.shape().isScalar()
        && nodes.stream().noneMatch(node -> node.op() instanceof Random)
        && Set.of(context.step()).containsAll(variables)) {
      curves.put(path, expr);
    } else {
      text(path, shape(expr) + " of " + variables.stream().map(Expr::name).collect(joining(" ")));
    }
  }

  private static String shape(Expr expr) {
    return expr.shape().isScalar()
        ? "scalar"
        : IntStream.of(expr.shape().toArray()).mapToObj(Integer::toString).collect(joining("x"));
  }

  /** The first value of a variable in words; of large ones the first rows are looked at. */
  private static String initial(Leaf.Variable variable) {
    Shape shape = variable.shape();
    int columns = shape.isScalar() ? 1 : shape.dim(-1);
    if (shape.size() > MOST_DRAWN) {
      shape = Shape.of(MOST_DRAWN / columns, columns);
    }
    double[] values = variable.initializer().values(shape).toDoubles();
    if (IntStream.range(0, values.length).allMatch(i -> values[i] == values[0])) {
      return Double.toString(values[0]);
    }
    if (IntStream.range(0, values.length)
        .allMatch(i -> values[i] == (i / columns == i % columns ? 1 : 0))) {
      return "identity";
    }
    double[] squares = new double[values.length / columns];
    IntStream.range(0, values.length).forEach(i -> squares[i / columns] += values[i] * values[i]);
    if (IntStream.range(0, squares.length).allMatch(i -> Math.abs(squares[i] - 1) < 1e-9)) {
      return "unit rows";
    }
    double mean = IntStream.range(0, values.length).mapToDouble(i -> squares[i / columns]).sum();
    return String.format(
        Locale.ROOT, "rows of mean square length %.1f", mean / columns / squares.length);
  }

  /** Dense layers as {@code 512-2048+b} with bias, numbers without variables are activations. */
  private static String layers(Layer layer) {
    Map<Integer, Map<String, Shape>> parts = new TreeMap<>();
    layer
        .variables()
        .leaves()
        .forEach(
            (key, variable) -> {
              String[] path = key.split("/", -1);
              parts
                  .computeIfAbsent(Integer.valueOf(path[path.length - 2]), i -> new TreeMap<>())
                  .put(path[path.length - 1], variable.shape());
            });
    int last = parts.keySet().stream().reduce(0, Math::max);
    return IntStream.rangeClosed(0, last)
        .mapToObj(i -> layer(parts.getOrDefault(i, Map.of())))
        .collect(joining(" "));
  }

  private static String layer(Map<String, Shape> variables) {
    Set<String> names = variables.keySet();
    if (names.isEmpty()) {
      return "act";
    }
    if (names.equals(Set.of("weight", "bias", "running_mean", "running_var"))) {
      return "BN";
    }
    if (names.equals(Set.of("running_mean", "running_var"))) {
      return "BN(plain)";
    }
    Shape weight = variables.get("weight");
    return weight.dim(0) + "-" + weight.dim(1) + (names.contains("bias") ? "+b" : "");
  }

  private static boolean isOfNames(Object value) {
    return value instanceof Predicate<?>
        || value instanceof BiPredicate<?, ?>
        || value instanceof Function<?, ?>;
  }

  /** Which of the trained variables a condition on names chooses. */
  private String chosen(Object condition) {
    Set<String> chosen = new TreeSet<>();
    Set<String> ofRankOne = new TreeSet<>();
    trained
        .leaves()
        .forEach(
            (name, variable) -> {
              if (isTrue(condition, name, variable)) {
                chosen.add(name);
              }
              if (variable.shape().rank() <= 1) {
                ofRankOne.add(name);
              }
            });
    return chosen.equals(ofRankOne) ? "rank <= 1" : groups(chosen, trained.names());
  }

  @SuppressWarnings("unchecked")
  private static boolean isTrue(Object condition, String name, Expr variable) {
    if (condition instanceof BiPredicate<?, ?> both) {
      return ((BiPredicate<String, Expr>) both).test(name, variable);
    }
    Object result =
        condition instanceof Predicate<?> predicate
            ? ((Predicate<String>) predicate).test(name)
            : ((Function<String, ?>) condition).apply(name);
    return result instanceof Optional<?> own ? own.isPresent() : (Boolean) result;
  }

  /** Names by what they begin with, one by one where not all of those are among them. */
  private static String groups(Set<String> some, Set<String> all) {
    Set<String> groups = new TreeSet<>();
    for (String name : some) {
      String first = first(name);
      groups.add(
          all.stream().filter(each -> first(each).equals(first)).allMatch(some::contains)
              ? first
              : name);
    }
    return String.join(" ", groups);
  }

  private static String first(String name) {
    return name.substring(0, name.contains("/") ? name.indexOf('/') : name.length());
  }
}
