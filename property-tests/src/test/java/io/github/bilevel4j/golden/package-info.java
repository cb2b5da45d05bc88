/**
 * Golden values: results of the methods' own published code and of closed forms, computed anew
 * through the public interface.
 *
 * <p>{@code mvn test -pl property-tests -am -Dgolden.dir=DIR} takes the files of another folder; a
 * relative folder is looked for in the module's folder and in those above it. Without the property
 * the copy among the test resources is used.
 */
package io.github.bilevel4j.golden;
