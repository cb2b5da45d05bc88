/** Programs in processes of their own. */
package io.github.bilevel4j.examples.process;
