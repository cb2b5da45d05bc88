package io.github.bilevel4j.eval;

import com.google.common.primitives.ImmutableIntArray;

/** The k nearest samples met so far, nearest first. */
final class Neighborhood {
  private final int[] samples;
  private final double[] distances;
  private int size;

  Neighborhood(int k) {
    samples = new int[k];
    distances = new double[k];
  }

  /** Considers a sample; of equally near ones that offered first is the nearer. */
  void offer(int sample, double distance) {
    if (size == samples.length && distance >= distances[size - 1]) {
      return;
    }
    int place = size < samples.length ? size++ : size - 1;
    for (; place > 0 && distance < distances[place - 1]; place--) {
      distances[place] = distances[place - 1];
      samples[place] = samples[place - 1];
    }
    distances[place] = distance;
    samples[place] = sample;
  }

  /** The class with most votes; of several that to which the nearest sample belongs. */
  int vote(ImmutableIntArray labels, int classes) {
    int[] votes = new int[classes];
    for (int i = 0; i < size; i++) {
      votes[labels.get(samples[i])]++;
    }
    int winner = labels.get(samples[0]);
    for (int i = 1; i < size; i++) {
      int label = labels.get(samples[i]);
      if (votes[label] > votes[winner]) {
        winner = label;
      }
    }
    return winner;
  }
}
