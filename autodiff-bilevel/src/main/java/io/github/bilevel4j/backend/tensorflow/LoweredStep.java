package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;

/**
 * A step in the graph of a session.
 *
 * @param resources the variables and constants that it finds on the device
 * @param kept the kept values among them
 * @param placeholders where each input is fed
 * @param fetches what to fetch for each output
 * @param last the operation that runs after everything else
 * @param origins the node from which each operation, by its name, arose
 * @param light whether no operation is worth a thread of its own
 */
record LoweredStep(
    Session session,
    ImmutableSet<Leaf> resources,
    KeptValues.OfStep kept,
    ImmutableMap<Expr, Output<?>> placeholders,
    ImmutableMap<String, Output<?>> fetches,
    Operation last,
    ImmutableMap<String, Expr> origins,
    boolean light) {}
