/** Where the replicas of a run are, and their processes on this machine. */
package io.github.bilevel4j.examples.cluster;
