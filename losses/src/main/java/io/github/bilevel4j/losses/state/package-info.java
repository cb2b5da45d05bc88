/** What methods remember from step to step: variables and their updates. */
package io.github.bilevel4j.losses.state;
