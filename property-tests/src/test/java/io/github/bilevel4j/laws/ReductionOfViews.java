package io.github.bilevel4j.laws;

/** The laws of a coding rate reduction of two views on unit rows. */
public interface ReductionOfViews
    extends SymmetricInViews,
        RotationInvariant,
        RowScaleInvariant,
        RowOrderInvariant,
        NonNegative,
        GradientOrthogonalToRows,
        SymmetricHessian,
        ConstantWhereDetached,
        UnchangedBySubstitution,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed {}
