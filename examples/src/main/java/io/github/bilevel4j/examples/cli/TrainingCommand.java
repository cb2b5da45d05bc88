package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.experiment.ExperimentSettings;

/** A command that trains an encoder on images. */
interface TrainingCommand {

  /** What its options say of the experiment; reads the images. */
  ExperimentSettings settings();
}
