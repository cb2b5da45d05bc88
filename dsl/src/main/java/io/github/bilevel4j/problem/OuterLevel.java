package io.github.bilevel4j.problem;

import io.github.bilevel4j.expr.Variables;

/** The outer problem {@code min over theta of F(theta, phi*(theta))} and its optimizer. */
public record OuterLevel(Variables variables, Objective objective, Optimizer optimizer) {}
