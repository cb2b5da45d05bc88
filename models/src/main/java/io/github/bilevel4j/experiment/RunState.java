package io.github.bilevel4j.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.checkpoint.Checkpoint;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.run.Training;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a run stands besides its variables, as noted in a checkpoint.
 *
 * @param number of the training under way, counted from one
 * @param phase its name
 * @param step the number of its steps that were made
 * @param last the measurements of the last one
 * @param seconds that these took
 * @param lengths of the files that grow, until then
 * @param ended the trainings before it
 * @param computed what was computed between them
 * @param data a fingerprint of the data
 */
record RunState(
    int number,
    String phase,
    int step,
    Map<String, Double> last,
    double seconds,
    Map<String, Long> lengths,
    List<Ended> ended,
    Map<String, Object> computed,
    String data) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOTE = "bilevel4j.run";

  /** How a training ended. */
  record Ended(int steps, double seconds, Map<String, Double> last) {
    Training.Outcome outcome(boolean interrupted) {
      return new Training.Outcome(
          steps,
          interrupted,
          Duration.ofMillis(Math.round(1000 * seconds)),
          ImmutableMap.copyOf(last));
    }
  }

  /** As the notes of a checkpoint. */
  ImmutableMap<String, String> notes() {
    try {
      return ImmutableMap.of(NOTE, JSON.writeValueAsString(this));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * From the notes of a checkpoint.
   *
   * @throws UsageError if it is not of a run
   */
  static RunState of(Checkpoint checkpoint) {
    try {
      return JSON.readValue(checkpoint.notes().getOrDefault(NOTE, ""), RunState.class);
    } catch (JsonProcessingException e) {
      throw UsageError.in("resume")
          .because("the checkpoint is not of a run")
          .maybe("it was written by Checkpoint.save, and is read by Checkpoint.restore.");
    }
  }

  /** What was computed, from its JSON. */
  static <T> T value(Object computed, Class<T> type) {
    return type.isInstance(computed) ? type.cast(computed) : JSON.convertValue(computed, type);
  }

  /** A training that had ended. */
  Optional<Ended> ended(int which) {
    return which <= ended.size() ? Optional.of(ended.get(which - 1)) : Optional.empty();
  }

  /**
   * Fails if the data are not those of the checkpoint.
   *
   * @throws UsageError if so
   */
  void requireSameData(String here) {
    if (!data.equals(here)) {
      throw UsageError.in("resume")
          .because("the data are not those with which the run was begun")
          .value("fingerprint there", data)
          .value("fingerprint here", here)
          .maybe("images were added or removed, or have other labels.");
    }
  }

  /** The SHA-256 of sizes, names of classes and labels. */
  static String fingerprint(ImageDataset data) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (LabeledImages part : List.of(data.train(), data.test())) {
      hasher.putString(part.toString(), StandardCharsets.UTF_8);
      part.classNames().forEach(name -> hasher.putString(name + "\n", StandardCharsets.UTF_8));
      for (int label : part.labels()) {
        hasher.putInt(label);
      }
    }
    return hasher.hash().toString();
  }
}
