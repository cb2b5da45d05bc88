package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of a folder of pictures, in the layout in which it was found.
 *
 * @param title what the folder is taken for
 * @param train the labeled files, or all if there are no classes
 * @param test the labeled files of the other part, if there are classes
 * @param notes what else a description should tell
 */
record PictureParts(
    String title,
    ImageFolderPart train,
    Optional<ImageFolderPart> test,
    ImmutableList<String> notes) {
  private static final String LAYOUT =
      "the images should be sorted into train/CLASS/ and test/CLASS/.";
  private static final ImmutableSet<String> PARTS = ImmutableSet.of("train", "test", "val");
  private static final String TINY_IMAGENET = "Tiny ImageNet";
  private static final String TINY_IMAGENET_CLASSES = "wnids.txt";
  private static final Pattern WNID = Pattern.compile("n\\d{8}");

  /** Finds out the layout of a folder. */
  static PictureParts of(Folder top) {
    ImmutableList<String> names = top.names();
    if (names.isEmpty()) {
      throw UsageError.in("read images")
          .because("%s is empty", top.source())
          .maybe("the data were not copied or unpacked to their end.");
    }
    Folder root = top.onlyFolder().filter(folder -> part(folder, "train").isPresent()).orElse(top);
    Optional<Folder> train = part(root, "train");
    Optional<Folder> test = root.child("test");
    Optional<Folder> val = root.child("val");
    if (train.isPresent() && (test.isPresent() || val.isPresent())) {
      return labeled(root, train.get(), test, val);
    } else if (PARTS.stream().noneMatch(name -> part(root, name).isPresent())) {
      ImageFolderPart all = ImageFolderPart.withoutClasses(root);
      if (!all.files().isEmpty() && CifarBinary.hint(top).isEmpty()) {
        return new PictureParts(
            "images", all, Optional.empty(), ImmutableList.of("without classes"));
      }
    }
    throw UsageError.in("read images")
        .because("%s is not parted into the folders train and test (or val)", root.source())
        .value("found", Folder.summary(root.names()))
        .maybe("%s", CifarBinary.hint(top).orElse(LAYOUT));
  }

  /** A folder that holds others: of pictures alone, it may be a class with the name of a part. */
  private static Optional<Folder> part(Folder root, String name) {
    return root.child(name).filter(folder -> !folder.folders().isEmpty());
  }

  private static PictureParts labeled(
      Folder root, Folder trainFolder, Optional<Folder> test, Optional<Folder> val) {
    ImageFolderPart train = ImageFolderPart.of(trainFolder);
    Folder testFolder =
        test.filter(folder -> val.isEmpty() || hasAnyClass(folder, train))
            .or(() -> val)
            .orElseThrow();
    PictureParts parts =
        new PictureParts(
            title(root, train),
            train,
            Optional.of(ValidationFolder.part(root, testFolder, train)),
            ImmutableList.of());
    parts.requireSameClasses();
    return parts;
  }

  /** The part test of some data sets has no labels. */
  private static boolean hasAnyClass(Folder folder, ImageFolderPart train) {
    return folder.folders().stream().anyMatch(each -> train.classNames().contains(each.name()));
  }

  private static String title(Folder root, ImageFolderPart train) {
    ImmutableList<String> classes = train.classNames();
    if (root.names().contains(TINY_IMAGENET_CLASSES)) {
      return TINY_IMAGENET;
    } else if (ImmutableSet.copyOf(classes).equals(ImmutableSet.copyOf(ClassList.imageNet100()))) {
      return "ImageNet-100";
    }
    boolean isImageNet =
        classes.size() == 1000 && classes.stream().allMatch(name -> WNID.matcher(name).matches());
    return isImageNet ? "ImageNet-1k" : "images";
  }

  private void requireSameClasses() {
    Set<String> inTrain = new TreeSet<>(train.classNames());
    Set<String> inTest = new TreeSet<>(test.orElseThrow().classNames());
    if (!inTrain.equals(inTest)) {
      throw UsageError.in("read images")
          .because(
              "the class folders in %s/ and %s/ of %s differ",
              train.name(), test.orElseThrow().name(), train.source())
          .value("only in " + train.name(), Folder.summary(Sets.difference(inTrain, inTest)))
          .value(
              "only in " + test.orElseThrow().name(),
              Folder.summary(Sets.difference(inTest, inTrain)))
          .maybe("a class folder is missing or its name is misspelt.");
    }
  }

  /**
   * Compares the archive with what is published of it.
   *
   * @return what was compared
   */
  String verified() {
    if (!title.equals(TINY_IMAGENET) || Files.isDirectory(train.source())) {
      throw Published.nothing(train.source());
    }
    return new Published(248_100_043, "90528d7ca1a48142e341f4ef8d21d0de").verified(train.source());
  }

  /** What settings leave of it. */
  PictureParts chosen(DataSettings settings) {
    PictureParts ofClasses =
        settings.classes().map(list -> ofClasses(ClassList.read(list))).orElseGet(this::numbered);
    return settings.subset().map(list -> SubsetList.read(list).of(ofClasses)).orElse(ofClasses);
  }

  private PictureParts numbered() {
    boolean isNoted = !title.equals("images");
    return isNoted ? noted("classes numbered alphabetically") : this;
  }

  private PictureParts ofClasses(ClassList list) {
    ImageFolderPart testPart =
        test.orElseThrow(
            () ->
                UsageError.in("--classes")
                    .because("%s has no classes", train.source())
                    .maybe("the folder above was meant, which holds train and test."));
    list.requireAllIn(train);
    return new PictureParts(
            list.title().orElse(title),
            train.ofClasses(list.names()),
            Optional.of(testPart.ofClasses(list.names())),
            notes)
        .noted("classes numbered by " + list.shown());
  }

  /** With another choice of files. */
  PictureParts with(ImageFolderPart newTrain, Optional<ImageFolderPart> newTest) {
    return new PictureParts(title, newTrain, newTest, notes);
  }

  PictureParts noted(String note) {
    return new PictureParts(
        title, train, test, ImmutableList.<String>builder().addAll(notes).add(note).build());
  }

  /** First those of train. */
  ImmutableList<PictureFile> files() {
    return Stream.concat(
            train.files().stream(), test.stream().flatMap(part -> part.files().stream()))
        .collect(ImmutableList.toImmutableList());
  }

  /** The data set of the decoded pictures. */
  ImageDataset dataset(DecodedPictures decoded) {
    String description =
        title
            + " of "
            + train.source()
            + notes.stream().map(note -> ", " + note).reduce("", String::concat)
            + decoded.note();
    LabeledImages trainImages = train.images(decoded, 0);
    return test.map(part -> part.images(decoded, train.files().size()))
        .map(testImages -> new ImageDataset(trainImages, testImages, description))
        .orElseGet(() -> ImageDataset.withoutClasses(trainImages, description));
  }
}
