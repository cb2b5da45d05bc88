package io.github.bilevel4j.backend;

import io.github.bilevel4j.expr.Expr;
import java.util.Optional;

/**
 * One run of one kernel of the device, as it was traced.
 *
 * @param step whose program it belongs to
 * @param name of the operation in the device's graph
 * @param kind of the operation as the device computed it, for instance {@code MatMul}
 * @param origin the node from which the operation arose; empty for what is around the nodes, such
 *     as assignments
 * @param seconds it took; kernels may run beside each other
 * @param bytes of the tensors that it read and wrote; zero where it only handed a tensor on
 * @param operations floating-point multiplications and additions of a convolution or a matrix
 *     product; zero for all others
 */
public record KernelRun(
    Step step,
    String name,
    String kind,
    Optional<Expr> origin,
    double seconds,
    double bytes,
    double operations) {}
