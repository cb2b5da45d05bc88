package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.source.DeclaredLosses;
import io.github.bilevel4j.examples.source.Instances;
import io.github.bilevel4j.examples.source.SourceFile;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.LossFunction;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.ssl.Regularizer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A weighted term of a source file.
 *
 * @param name of the function or class
 * @param weight of the term in the loss
 * @param onHead the term, given the projector
 */
record RegularizerTerm(String name, double weight, Function<Layer, Regularizer> onHead) {
  private static final Pattern FORM = Pattern.compile("(.+\\.java)#(\\w+)=(.+)");

  /**
   * Reads {@code FILE.java#NAME=WEIGHT}.
   *
   * @throws UsageError if it has another form, the weight is negative, or the file does not compile
   *     or has no such term
   */
  static RegularizerTerm parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw UsageError.in("--regularizer")
          .because("expected FILE.java#NAME=WEIGHT, got %s", text)
          .error();
    }
    String name = form.group(2);
    return new RegularizerTerm(
        name, weight(form.group(3)), term(SourceFile.load(Path.of(form.group(1))), name, text));
  }

  private static double weight(String text) {
    try {
      double weight = Double.parseDouble(text);
      Require.in("--regularizer").notNegative("weight", weight);
      return weight;
    } catch (NumberFormatException e) {
      throw UsageError.in("--regularizer").because("the weight is no number, %s", text).error();
    }
  }

  private static Function<Layer, Regularizer> term(SourceFile file, String name, String text) {
    for (Class<?> each : file.classes()) {
      if (Regularizer.class.isAssignableFrom(each) && each.getSimpleName().equals(name)) {
        Regularizer own = Instances.of(each.asSubclass(Regularizer.class));
        return projector -> own;
      }
    }
    List<LossFunction> found =
        DeclaredLosses.in(text, file.classes()).stream()
            .filter(loss -> loss.name().endsWith("." + name) || loss.name().equals(name))
            .map(DeclaredLosses.Declared::function)
            .toList();
    if (found.size() != 1) {
      throw UsageError.in("--regularizer")
          .because("%s terms are named %s", found.isEmpty() ? "no" : "several", name)
          .row(
              "those of the file",
              DeclaredLosses.in(text, file.classes()).stream()
                  .map(DeclaredLosses.Declared::name)
                  .toList()
                  .toString())
          .error();
    }
    return projector -> (network, views) -> of(found.get(0), network.embed(views, projector));
  }

  /** Of one batch: the mean over the views. Of two: of the first two views. */
  private static Expr of(LossFunction loss, ImmutableList<Expr> z) {
    if (loss.views() > 1) {
      return loss.of(z.subList(0, loss.views()));
    }
    return z.stream()
        .map(each -> loss.of(List.of(each)))
        .reduce(Expr::plus)
        .orElseThrow()
        .dividedBy(z.size());
  }

  /** For instance {@code uniformity=0.1}. */
  @Override
  public String toString() {
    return name + "=" + weight;
  }
}
