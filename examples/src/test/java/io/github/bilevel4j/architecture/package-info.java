/** Rules about which part of the project may use which other one. */
package io.github.bilevel4j.architecture;
