package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.bilevel4j.expr.Expr;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** jqwik reports a claim that does not hold with a small example, as matrices with both sides. */
class LawFailureTest {

  /** Claims a law that it breaks. */
  static class Lopsided implements SymmetricInViews {
    @Override
    public Expr loss(Expr z1, Expr z2) {
      return z1.minus(z2.times(2)).squared().sum();
    }
  }

  /** Claims laws of no loss. */
  static class Empty implements NonNegative {}

  /** Claims a law of two views for one. */
  static class OneView implements SymmetricInViews {
    @Override
    public Expr loss(Expr z) {
      return z.sum();
    }
  }

  private static List<Throwable> failures(Class<?> tests) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build(),
            listener);
    return listener.getSummary().getFailures().stream().map(each -> each.getException()).toList();
  }

  @Test
  void theExampleIsShrunk() {
    assertThat(failures(Lopsided.class))
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure)
                    .isInstanceOf(AssertionError.class)
                    .hasMessage(
                        """
                        law SymmetricInViews does not hold: L(z1, z2) = L(z2, z1)
                        z1 [2, 1] =
                          0
                          0
                        z2 [2, 1] =
                          1
                          0
                        value, left side = 1
                        value, right side = 4
                        difference 3, relative error 0.6, tolerance 1e-11"""));
  }

  @Test
  void aClassWithoutALossSaysWhichMethodsThereAre() {
    assertThat(failures(Empty.class))
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure)
                    .hasMessage(
                        """
                        Empty: the class claims laws of a loss and has no method for it.
                          one batch   Expr loss(Expr z)
                          two views   Expr loss(Expr z1, Expr z2)
                          more views  Expr loss(List<Expr> views)  and int views()"""));
  }

  @Test
  void aLawOfTwoViewsIsNotForOne() {
    assertThat(failures(OneView.class))
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure)
                    .hasMessageStartingWith(
                        "law SymmetricInViews: L(z1, z2) = L(z2, z1) is a statement about 2 views"));
  }
}
