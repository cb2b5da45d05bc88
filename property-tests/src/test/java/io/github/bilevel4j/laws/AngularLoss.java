package io.github.bilevel4j.laws;

/** The laws of a loss that depends on the angles between samples alone, and on all images alike. */
public interface AngularLoss
    extends RotationInvariant,
        RowScaleInvariant,
        RowOrderInvariant,
        GradientOrthogonalToRows,
        SymmetricHessian,
        UnchangedBySubstitution,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed,
        Bounded,
        KnownAtOnePoint {}
