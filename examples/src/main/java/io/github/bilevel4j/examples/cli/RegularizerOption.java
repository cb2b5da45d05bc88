package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.SslMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Terms of a user's own that are added to a method's loss. */
final class RegularizerOption {
  @Option(
      names = "--regularizer",
      paramLabel = "FILE.java#NAME=WEIGHT",
      description = {
        "adds WEIGHT times a term to the loss, in pre-training and in both levels of UMM: the"
            + " function NAME of a source file, Expr -> Expr of each view's embeddings [n, d]"
            + " (their mean) or (Expr, Expr) -> Expr of the first two views', or a class NAME that"
            + " implements Regularizer; may be repeated"
      })
  List<RegularizerTerm> terms = new ArrayList<>();

  /** A method with the terms. */
  MethodRecipe on(MethodRecipe method) {
    return terms.isEmpty() ? method : new RegularizedRecipe(method, List.copyOf(terms));
  }

  /** A method's recipe with further terms in the loss. */
  private record RegularizedRecipe(MethodRecipe method, List<RegularizerTerm> terms)
      implements MethodRecipe {

    /** For instance {@code simclr+uniformity}. */
    @Override
    public String id() {
      return method.id()
          + terms.stream().map(term -> "+" + term.name()).collect(Collectors.joining());
    }

    @Override
    public String description() {
      return method.description();
    }

    @Override
    public Recipe recipe(MethodContext context) {
      Recipe recipe = method.recipe(context);
      SslMethod regularized = recipe.method();
      for (RegularizerTerm term : terms) {
        regularized =
            regularized.plus(
                term.name(), term.weight(), term.onHead().apply(recipe.method().projector()));
      }
      return new Recipe(regularized, recipe.views(), recipe.last(), recipe.optimizer());
    }

    @Override
    public String toString() {
      return id();
    }
  }
}
