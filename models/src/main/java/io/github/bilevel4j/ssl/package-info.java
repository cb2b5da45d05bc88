/** What self-supervised methods are made of: their losses, networks, targets and recipes. */
package io.github.bilevel4j.ssl;
