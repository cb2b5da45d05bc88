/**
 * Studies: many runs of the program's commands, each in its own folder, and the tables and figures
 * that are made of them.
 */
package io.github.bilevel4j.examples.study;
