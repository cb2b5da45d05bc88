package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import java.util.List;
import java.util.Set;

/**
 * A batch of images as inputs, and what they are fed.
 *
 * @param indexed whether the positions in the data are an input, too: none may be fed in vain
 */
public record ImageInput(ImageBatch batch, boolean indexed, Batches batches, LabeledImages data) {

  /** New inputs. */
  static ImageInput named(String name, Batches batches, LabeledImages data) {
    int n = batches.size();
    ImageBatch batch =
        new ImageBatch(
            Expr.input(name, n, data.height(), data.width(), data.channels()),
            Expr.input(name + "/indices", n));
    return new ImageInput(batch, true, batches, data);
  }

  /** The inputs that expressions need: positions are left out where none contains them. */
  static ImmutableList<ImageInput> neededBy(Iterable<Expr> computed, List<ImageInput> inputs) {
    Set<Expr> nodes = ImmutableSet.copyOf(Expr.nodesOf(computed));
    return inputs.stream()
        .map(
            input ->
                new ImageInput(
                    input.batch, nodes.contains(input.batch.indices()), input.batches, input.data))
        .collect(ImmutableList.toImmutableList());
  }

  /** The inputs to be fed. */
  public ImmutableList<Expr> inputs() {
    return indexed
        ? ImmutableList.of(batch.images(), batch.indices())
        : ImmutableList.of(batch.images());
  }

  /** The batch of a step, one epoch after another. */
  public Feed feed(int step) {
    int[] positions = batches.batch(step / batches.perEpoch(), step % batches.perEpoch());
    Expr images = batch.images();
    Feed feed = Feed.of(images, Array.wrap(images.shape(), data.pixels(positions)));
    Array indices = Array.fill(Shape.of(positions.length), i -> positions[i]);
    return indexed ? feed.and(batch.indices(), indices) : feed;
  }
}
