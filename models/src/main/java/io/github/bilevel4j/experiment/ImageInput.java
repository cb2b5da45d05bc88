package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Interpolation;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.data.BatchOrder;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.ImageStream;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.PictureCrop;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Recipe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A batch of images in a step, and what the step is fed for it, as bytes. Where the device has a
 * memory of its own, a {@linkplain LabeledImages#resident() resident} set is there, and the step
 * gathers the batch by the positions that it is fed. Of other sets in memory it is fed the batch.
 * Of images in files it is fed the batch that an {@link ImageStream} has read ahead; of pictures of
 * different sizes crops, for each view its own.
 *
 * <p>What a step is fed is a function of the seed and the step alone. There is no state to save: a
 * run begins at any step with the batch, and the crops, that this step always has.
 */
public final class ImageInput implements AutoCloseable {
  private final String name;
  private final ImageBatch batch;
  private final LabeledImages data;
  private final BatchOrder order;
  private final Map<Expr, PictureCrop> crops;
  private final ImmutableList<Expr> inputs;
  private Optional<ImageStream> stream = Optional.empty();

  private ImageInput(
      String name,
      ImageBatch batch,
      LabeledImages data,
      BatchOrder order,
      Map<Expr, PictureCrop> crops,
      ImmutableList<Expr> inputs) {
    this.name = name;
    this.batch = batch;
    this.data = data;
    this.order = order;
    this.crops = crops;
    this.inputs = inputs;
  }

  /**
   * New inputs.
   *
   * @param order of the batches, or of one replica's part of them
   * @param device where the step is computed: a processor has the images in its memory already
   */
  static ImageInput named(String name, BatchOrder order, LabeledImages data, Device.Kind device) {
    int n = order.size();
    Expr indices = Expr.input(name + "/indices", n);
    Optional<Expr> resident =
        device == Device.Kind.CPU ? Optional.empty() : data.resident().map(Expr::constant);
    Expr images =
        resident
            .map(all -> all.gather(indices))
            .orElseGet(
                () -> Expr.samplesInput(name, n, data.height(), data.width(), data.channels()));
    ImmutableList<Expr> inputs =
        resident.isPresent() ? ImmutableList.of(indices) : ImmutableList.of(images, indices);
    return new ImageInput(
        name, new ImageBatch(images, indices), data, order, new LinkedHashMap<>(), inputs);
  }

  /** The inputs that expressions need: others may not be fed. */
  static ImmutableList<ImageInput> neededBy(Iterable<Expr> computed, List<ImageInput> inputs) {
    Set<Expr> nodes = ImmutableSet.copyOf(Expr.nodesOf(computed));
    return inputs.stream()
        .map(input -> input.limitedTo(nodes))
        .collect(ImmutableList.toImmutableList());
  }

  private ImageInput limitedTo(Set<Expr> nodes) {
    Map<Expr, PictureCrop> cropsNeeded = new LinkedHashMap<>(crops);
    cropsNeeded.keySet().retainAll(nodes);
    ImmutableList<Expr> needed =
        ImmutableList.<Expr>builder()
            .addAll(inputs.stream().filter(nodes::contains).iterator())
            .addAll(cropsNeeded.keySet())
            .build();
    return new ImageInput(name, batch, data, order, cropsNeeded, needed);
  }

  /** The images and their positions in the data. */
  public ImageBatch batch() {
    return batch;
  }

  /** The number of batches in an epoch, and of images in a batch. */
  public Batches batches() {
    return order.batches();
  }

  /**
   * A recipe whose views begin with crops of the pictures themselves, if the images are parts of
   * such. The boxes are drawn on the host, from the recipe's own ranges; all that follows a crop is
   * done on the device. A view that does not begin with a crop, or draws its own, is made of the
   * images.
   */
  Recipe cropping(Recipe recipe) {
    return data.hasOriginals() ? recipe.withCrops(this::cropped) : recipe;
  }

  /** The same for what makes one view. */
  Augmentation cropping(Augmentation augmentation) {
    return data.hasOriginals() ? augmentation.withCrops(this::cropped) : augmentation;
  }

  private Expr cropped(RandomResizedCrop crop) {
    Expr cut =
        Expr.samplesInput(
            name + "/crop " + (crops.size() + 1),
            order.size(),
            crop.size(),
            crop.size(),
            data.channels());
    crops.put(
        cut,
        new PictureCrop(
            crop.size(),
            crop.minScale(),
            crop.maxScale(),
            crop.minRatio(),
            crop.maxRatio(),
            crop.interpolation() == Interpolation.BICUBIC));
    return cut;
  }

  /** The inputs to be fed. */
  public ImmutableList<Expr> inputs() {
    return inputs;
  }

  /**
   * The batch of a step, one epoch after another.
   *
   * @throws io.github.bilevel4j.check.UsageError if an image cannot be read, naming its file
   */
  public Feed feed(int step) {
    Feed feed = Feed.none();
    List<Expr> streamed = new ArrayList<>(inputs);
    int[] positions = order.at(step);
    if (streamed.remove(batch.indices())) {
      feed = feed.and(batch.indices(), Array.fill(batch.indices().shape(), i -> positions[i]));
    }
    if (data.isInMemory() && streamed.remove(batch.images())) {
      feed = feed.and(batch.images(), data.batch(positions));
    }
    return streamed.isEmpty() ? feed : feed.orElse(streamed(step));
  }

  private Feed streamed(int step) {
    if (stream.isEmpty()) {
      stream = Optional.of(stream());
    }
    List<Expr> cut = new ArrayList<>(crops.keySet());
    Feed feed = Feed.none();
    List<Array> arrays = stream.get().at(step);
    for (int i = 0; i < arrays.size(); i++) {
      feed = feed.and(i < cut.size() ? cut.get(i) : batch.images(), arrays.get(i));
    }
    return feed;
  }

  private ImageStream stream() {
    return crops.isEmpty()
        ? ImageStream.of(data, order)
        : ImageStream.ofCrops(
            data, order, List.copyOf(crops.values()), inputs.contains(batch.images()));
  }

  /** Ends what reads ahead; the next feed begins it anew. */
  @Override
  public void close() {
    stream.ifPresent(ImageStream::close);
    stream = Optional.empty();
  }
}
