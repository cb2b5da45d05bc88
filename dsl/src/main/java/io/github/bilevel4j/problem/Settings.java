package io.github.bilevel4j.problem;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.immutables.value.Value;

/**
 * The style of all values with defaults: a public interface whose factories and withers are written
 * by hand, and a package-private implementation that no user sees. Withers have the plain name of
 * their attribute.
 */
@Target({ElementType.TYPE, ElementType.PACKAGE})
@Retention(RetentionPolicy.CLASS)
@Value.Style(
    visibility = Value.Style.ImplementationVisibility.PACKAGE,
    with = "*",
    defaults = @Value.Immutable(builder = false))
public @interface Settings {}
