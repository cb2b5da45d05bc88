package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import java.util.List;

/**
 * A batch of images as inputs, and what they are fed.
 *
 * @param indexed whether the positions in the data are an input, too: none may be fed in vain
 */
public record ImageInput(ImageBatch batch, boolean indexed, Batches batches, LabeledImages data) {

  /** New inputs. */
  public static ImageInput named(String name, Batches batches, LabeledImages data) {
    int n = batches.size();
    ImageBatch batch =
        new ImageBatch(
            Expr.input(name, n, data.height(), data.width(), data.channels()),
            Expr.input(name + "/indices", n));
    return new ImageInput(batch, true, batches, data);
  }

  /** Those that a method needs which is told this of the images. */
  public ImageInput neededBy(List<Expr> seen) {
    boolean needed = seen.stream().anyMatch(each -> each.contains(batch.indices()));
    return new ImageInput(batch, needed, batches, data);
  }

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
