package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.Splitter;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.ScatterAdd;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/** What went wrong on the device, in the words of the step. */
final class RunFailure {
  private static final Pattern NODE = Pattern.compile("\\{\\{node ([^}]+)\\}\\}");

  private RunFailure() {}

  static RuntimeException of(
      String operation, Map<String, Expr> origins, RuntimeException failure) {
    RuntimeException told =
        origin(origins, failure)
            .filter(origin -> failure instanceof TFInvalidArgumentException)
            .flatMap(origin -> mistake(operation, origin))
            .orElseGet(() -> new IllegalStateException(unexpected(operation, origins, failure)));
    told.initCause(failure);
    return told;
  }

  private static Optional<RuntimeException> mistake(String operation, Expr origin) {
    UsageError.Message mistake = UsageError.in(operation);
    if (origin.op() instanceof Cholesky) {
      return Optional.of(
          mistake
              .because("a matrix is not positive definite")
              .row("cholesky of", origin.input(0).label(), origin.input(0).shape().toString())
              .maybe("it has infinite or undefined elements, or needs plusDiagonal(1e-6)."));
    }
    if (origin.op() instanceof MatrixSolve) {
      return Optional.of(
          mistake
              .because("a matrix is singular")
              .row("solve with", origin.input(0).label(), origin.input(0).shape().toString())
              .maybe("it has infinite or undefined elements, or needs plusDiagonal(1e-6)."));
    }
    if (origin.op() instanceof Gather || origin.op() instanceof ScatterAdd) {
      Expr table = origin.op() instanceof Gather ? origin.input(0) : origin;
      return Optional.of(
          mistake
              .because("an index is outside 0..%d", table.shape().dim(0) - 1)
              .row("table", table.label(), table.shape().toString())
              .row("indices", origin.input(1).label(), origin.input(1).shape().toString())
              .maybe("labels or positions belong to another data set."));
    }
    if (origin.op() instanceof OneHot oneHot) {
      return Optional.of(
          mistake
              .because("an index is outside 0..%d", oneHot.depth() - 1)
              .row("indices", origin.input(0).label(), origin.input(0).shape().toString())
              .maybe("labels count from 1, belong to another data set, or are no whole numbers."));
    }
    return Optional.empty();
  }

  private static String unexpected(
      String operation, Map<String, Expr> origins, RuntimeException failure) {
    String where = origin(origins, failure).map(origin -> " at " + origin).orElse("");
    return operation + ": the device failed" + where + ": " + firstLine(failure);
  }

  private static Optional<Expr> origin(Map<String, Expr> origins, RuntimeException failure) {
    Matcher matcher = NODE.matcher(String.valueOf(failure.getMessage()));
    while (matcher.find()) {
      Expr origin = origins.get(matcher.group(1));
      if (origin != null) {
        return Optional.of(origin);
      }
    }
    return Optional.empty();
  }

  /** What a failure says, without where it was. */
  static String firstLine(RuntimeException failure) {
    return Splitter.on('\n').split(String.valueOf(failure.getMessage())).iterator().next();
  }
}
