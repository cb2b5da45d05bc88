package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.TopK;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.CustomOp;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Gradient;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.TriangularSolve;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Something that makes an expression of others: every public operation of {@link Expr}, and every
 * primitive by itself. Both are found by reflection, so that a new one is not forgotten.
 */
interface Operation {
  /** All operations of expressions, then all primitives. */
  ImmutableList<Operation> ALL =
      ImmutableList.<Operation>builder().addAll(methods()).addAll(primitives()).build();

  /** How it is called. */
  String name();

  /**
   * Applies it to random operands.
   *
   * @throws RuntimeException as the operation itself
   */
  Expr apply(Arguments arguments, Chance chance);

  /** What the user calls. */
  record Called(Method method) implements Operation {
    @Override
    public String name() {
      return method.getName();
    }

    @Override
    public Expr apply(Arguments arguments, Chance chance) {
      Expr operand = arguments.operand();
      Object[] values =
          Arrays.stream(method.getGenericParameterTypes())
              .map(type -> arguments.of(type, operand))
              .toArray();
      boolean isStatic = Modifier.isStatic(method.getModifiers());
      arguments
          .text()
          .add(
              (isStatic ? "Expr" : operand)
                  + Arrays.stream(values)
                      .map(Operation::shown)
                      .collect(Collectors.joining(", ", "." + name() + "(", ")")));
      Object result = Operation.thrown(() -> method.invoke(isStatic ? null : operand, values));
      if (result instanceof TopK top) {
        return chance.happens(0.5) ? top.values() : top.indices();
      }
      return (Expr) result;
    }
  }

  /** A primitive with random attributes. */
  record Primitive(Class<? extends Op> kind) implements Operation {
    private static final ImmutableSet<Class<?>> TWO =
        ImmutableSet.of(
            Binary.class,
            MatMul.class,
            TriangularSolve.class,
            MatrixSolve.class,
            Gather.class,
            ScatterAdd.class,
            Convolution.Forward.class,
            Convolution.ImageGradient.class,
            Convolution.FilterGradient.class,
            Pooling.MaxScatter.class,
            Pooling.MaxGather.class,
            Sort.Gather.class,
            Sort.Scatter.class,
            CustomGradient.class,
            Gradient.class);
    private static final ImmutableSet<Class<?>> THREE =
        ImmutableSet.of(Cond.class, Select.class, BatchNormalization.Forward.class);

    @Override
    public String name() {
      return "primitive " + kind.getName().substring(kind.getPackageName().length() + 1);
    }

    @Override
    public Expr apply(Arguments arguments, Chance chance) {
      Expr first = arguments.operand();
      Op op = op(arguments, chance, first);
      List<Expr> inputs = new ArrayList<>(List.of(first));
      while (inputs.size() < count(chance)) {
        inputs.add(
            isForEachChannel(inputs.size())
                ? arguments.forEachChannel(first)
                : arguments.beside(first));
      }
      arguments.text().add("Expr.of(" + op + " " + inputs + ")");
      return Expr.of(op, inputs);
    }

    private boolean isForEachChannel(int position) {
      return BatchNormalization.class.isAssignableFrom(kind) && position < 4;
    }

    private int count(Chance chance) {
      if (kind.equals(BatchNormalization.Gradient.class)) {
        return 5;
      }
      if (kind.equals(Concat.class)) {
        return 1 + chance.below(3);
      }
      return TWO.contains(kind) ? 2 : THREE.contains(kind) ? 3 : 1;
    }

    private Op op(Arguments arguments, Chance chance, Expr first) {
      if (kind.isEnum()) {
        return chance.pick(List.of(kind.getEnumConstants()));
      }
      RecordComponent[] components = kind.getRecordComponents();
      Object[] values =
          Arrays.stream(components)
              .map(component -> arguments.of(component.getGenericType(), first))
              .toArray();
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      return (Op)
          thrown(
              () -> {
                Constructor<? extends Op> constructor = kind.getDeclaredConstructor(types);
                return constructor.newInstance(values);
              });
    }
  }

  /** A call by reflection. */
  @FunctionalInterface
  interface Call {
    /** Its result. */
    Object result() throws ReflectiveOperationException;
  }

  private static Object thrown(Call call) {
    try {
      return call.result();
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String shown(Object value) {
    return value instanceof int[] numbers
        ? Arrays.toString(numbers)
        : value instanceof Object[] objects ? Arrays.toString(objects) : String.valueOf(value);
  }

  private static ImmutableList<Operation> methods() {
    return Arrays.stream(Expr.class.getMethods())
        .filter(
            method ->
                method.getReturnType().equals(Expr.class)
                    || method.getReturnType().equals(TopK.class))
        // Reads what is there.
        .filter(method -> !method.getName().equals("input"))
        .filter(
            method -> Arrays.stream(method.getGenericParameterTypes()).allMatch(Arguments::knows))
        .sorted(Comparator.comparing(Method::toGenericString))
        .map(Called::new)
        .collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<Operation> primitives() {
    return kinds(Op.class)
        .filter(kind -> !Leaf.class.isAssignableFrom(kind) && !kind.equals(CustomOp.class))
        .map(Primitive::new)
        .collect(ImmutableList.toImmutableList());
  }

  /** The final classes of a sealed hierarchy. */
  private static Stream<Class<? extends Op>> kinds(Class<? extends Op> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses())
            .flatMap(kind -> kinds(kind.asSubclass(Op.class)))
        : Stream.of(type);
  }
}
