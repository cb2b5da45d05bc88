/**
 * Laws. Each is an interface with one property; a test class names the laws that its subject obeys,
 * and that list is the subject's specification.
 */
package io.github.bilevel4j.laws;
