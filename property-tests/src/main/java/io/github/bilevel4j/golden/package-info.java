/**
 * Golden values: cases with parameters, inputs and expected values from a JSON file, computed anew
 * and compared.
 *
 * <pre>{@code
 * {"tolerance": {"float64_rel": 1e-12, "float32_rel": 1e-5},
 *  "cases": [{"name": "four samples", "params": {"temperature": 0.5},
 *             "inputs": {"z1": [[1, 0], [0, 1]], "z2": {"shape": [2, 2], "data": [1, 0, 0, 1]}},
 *             "expected": {"loss": 0.3, "grad": {"z1": [[0, 1], [1, 0]]}}}]}
 * }</pre>
 *
 * <p>A {@link io.github.bilevel4j.golden.GoldenComputation} says how the values of a case are
 * computed. A parameter or input that it does not use fails the case, and so does an expected value
 * with which nothing is compared, unless each is listed with a reason.
 */
package io.github.bilevel4j.golden;
