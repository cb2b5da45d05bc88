package io.github.bilevel4j.laws;

/** The laws of a loss of two views that depends on statistics over the images, on all alike. */
public interface BatchLoss
    extends SymmetricInViews,
        RowOrderInvariant,
        SymmetricHessian,
        ConstantWhereDetached,
        UnchangedBySubstitution,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed,
        FiniteForTwoSamples {}
