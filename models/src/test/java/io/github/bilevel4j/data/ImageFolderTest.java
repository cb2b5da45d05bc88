package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir private Path temporary;
  private Path pets;

  @BeforeEach
  void writePets() throws IOException {
    pets = Samples.petsIn(temporary.resolve("pets"));
  }

  private static AbstractThrowableAssert<?, ?> assertRejected(Path source) {
    return assertThatThrownBy(() -> ImageFolder.read(source))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void assertSame(LabeledImages left, LabeledImages right) {
    assertThat(left.labels()).isEqualTo(right.labels());
    assertThat(left.classNames()).isEqualTo(right.classNames());
    for (int i = 0; i < left.count(); i++) {
      assertThat(left.samples(i)).isEqualTo(right.samples(i));
    }
  }

  @Test
  void readsAFolder() throws IOException {
    ImageDataset read = ImageFolder.read(pets);
    assertThat(read.train()).hasToString("4 images [4, 6, 3] in 2 classes");
    assertThat(read.train().classNames()).containsExactly("cat", "dog");
    assertThat(read.train().labels()).containsExactly(0, 0, 1, 1);
    assertThat(read.test().labels()).containsExactly(0, 1);
    assertThat(read.train().samples(3))
        .isEqualTo(Picture.decoded(Files.readAllBytes(pets.resolve("train/dog/2.png"))).rgb());
    assertThat(read.description()).isEqualTo("images of " + pets);
  }

  @Test
  void readsTheSameFromAnArchive() throws IOException {
    ImageDataset folder = ImageFolder.read(pets);
    for (String above : new String[] {"", "pets-1.0"}) {
      Path archive = Samples.zipped(pets, temporary.resolve(above + ".zip"), above);
      ImageDataset zip = ImageFolder.read(archive);
      assertSame(zip.train(), folder.train());
      assertSame(zip.test(), folder.test());
    }
  }

  @Test
  void acceptsVal() throws IOException {
    LabeledImages test = ImageFolder.read(pets).test();
    Files.move(pets.resolve("test"), pets.resolve("val"));
    assertSame(ImageFolder.read(pets).test(), test);
  }

  @Test
  void ignoresWhatIsNotAPicture() throws IOException {
    LabeledImages train = ImageFolder.read(pets).train();
    byte[] junk = {1, 2, 3};
    Samples.write(pets, "words.tsv", junk);
    Samples.write(pets, "train/cat/Thumbs.db", junk);
    Samples.write(pets, "train/cat/.1.png", junk);
    Samples.write(pets, "train/.cache/1.png", junk);
    Samples.write(pets, "__MACOSX/train/cat/1.png", junk);
    Samples.write(pets, "train/__MACOSX/1.png", junk);
    assertSame(ImageFolder.read(pets).train(), train);
    Path archive = Samples.zipped(pets, temporary.resolve("junk.zip"), "pets");
    assertSame(ImageFolder.read(archive).train(), train);
  }

  @Test
  void readsFoldersBelowAClass() throws IOException {
    Samples.write(pets, "train/cat/images/0.PNG", Samples.png(4, 6, 9));
    LabeledImages train = ImageFolder.read(pets).train();
    assertThat(train.labels()).containsExactly(0, 0, 0, 1, 1);
    assertThat(train.samples(2)).isEqualTo(Picture.decoded(Samples.png(4, 6, 9)).rgb());
  }

  @Test
  void rejectsAMissingPath() {
    Path nowhere = temporary.resolve("nowhere");
    assertRejected(nowhere)
        .hasMessage(
            "read images: %s does not exist.\n"
                + "Maybe its name is misspelt, or it lies in another folder.",
            nowhere);
  }

  @Test
  void rejectsAnEmptyFolder() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    Samples.write(empty, ".hidden", new byte[1]);
    assertRejected(empty)
        .hasMessage(
            "read images: %s is empty.\n"
                + "Maybe the data were not copied or unpacked to their end.",
            empty);
  }

  @Test
  void rejectsAFolderWithoutTrain() throws IOException {
    Files.move(pets.resolve("train"), pets.resolve("training"));
    assertRejected(pets)
        .hasMessage(
            """
            read images: %s is not parted into the folders train and test (or val).
              found  test, training
            Maybe the images should be sorted into train/CLASS/ and test/CLASS/.""",
            pets);
  }

  @Test
  void rejectsAnArchiveWithoutTest() throws IOException {
    Files.move(pets.resolve("test"), pets.resolve("unseen"));
    Path archive = Samples.zipped(pets, temporary.resolve("a.zip"), "pets");
    assertRejected(archive)
        .hasMessage(
            """
            read images: %s is not parted into the folders train and test (or val).
              found  train, unseen
            Maybe the images should be sorted into train/CLASS/ and test/CLASS/.""",
            archive);
  }

  @Test
  void rejectsPicturesOutsideClasses() throws IOException {
    delete(pets.resolve("test/cat"));
    delete(pets.resolve("test/dog"));
    Samples.write(pets, "test/1.png", Samples.png(4, 6, 1));
    assertRejected(pets)
        .hasMessage(
            "read images: test/ of %s has no class folder.\n"
                + "Maybe each image should lie in a folder with the name of its class.",
            pets);
  }

  @Test
  void rejectsAClassWithoutImages() throws IOException {
    Files.delete(pets.resolve("test/dog/3.png"));
    Samples.write(pets, "test/dog/notes.txt", new byte[1]);
    assertRejected(pets)
        .hasMessage(
            """
            read images: a class folder of %s has no image.
              class  test/dog
              found  notes.txt
            Maybe add JPEG or PNG files to it, or remove the class from train and test.""",
            pets);
  }

  @Test
  void rejectsOtherClassesInTest() throws IOException {
    Files.move(pets.resolve("test/dog"), pets.resolve("test/wolf"));
    for (int i = 0; i < 7; i++) {
      Samples.write(pets, "train/fish" + i + "/1.png", Samples.png(4, 6, i));
    }
    assertRejected(pets)
        .hasMessage(
            """
            read images: the class folders in train/ and test/ of %s differ.
              only in train  dog, fish0, fish1, fish2, fish3 and 3 more
              only in test   wolf
            Maybe a class folder is missing or its name is misspelt.""",
            pets);
  }

  @Test
  void rejectsAClassThatTestLacks() throws IOException {
    delete(pets.resolve("test/dog"));
    Files.move(pets.resolve("test"), pets.resolve("val"));
    assertRejected(pets)
        .hasMessage(
            """
            read images: the class folders in train/ and val/ of %s differ.
              only in train  dog
              only in val    nothing
            Maybe a class folder is missing or its name is misspelt.""",
            pets);
  }

  @Test
  void rejectsPicturesOfTwoSizes() throws IOException {
    Samples.write(pets, "train/dog/1.jpg", Samples.jpeg(6, 4, 1));
    Samples.write(pets, "train/dog/2.png", Samples.png(9, 9, 1));
    assertRejected(pets)
        .hasMessage(
            """
            read images: two pictures of %s differ in size.
              train/cat/1.png  height 4, width 6
              train/dog/1.jpg  height 6, width 4
            Maybe resize all pictures to one size first.""",
            pets);
  }

  @Test
  void rejectsATestPictureOfAnotherSize() throws IOException {
    Samples.write(pets, "test/cat/3.png", Samples.png(4, 7, 1));
    Path archive = Samples.zipped(pets, temporary.resolve("a.zip"), "pets");
    assertRejected(archive)
        .hasMessage(
            """
            read images: two pictures of %s differ in size.
              pets/train/cat/1.png  height 4, width 6
              pets/test/cat/3.png   height 4, width 7
            Maybe resize all pictures to one size first.""",
            archive);
  }

  private static String broken(Path source, String file, String reason) {
    return """
    read images: a picture of %s cannot be read.
      file    %s
      reason  %s
    Maybe copy it again, save it anew as an RGB JPEG or PNG, or remove it."""
        .formatted(source, file, reason);
  }

  @Test
  void namesATruncatedJpeg() throws IOException {
    byte[] jpeg = Samples.jpeg(4, 6, 1);
    Samples.write(pets, "train/dog/1.jpg", Arrays.copyOf(jpeg, jpeg.length - 2));
    assertRejected(pets).hasMessage(broken(pets, "train/dog/1.jpg", "the file ends too early"));
  }

  @Test
  void namesATruncatedPng() throws IOException {
    byte[] png = Samples.png(4, 6, 1);
    Samples.write(pets, "test/dog/3.png", Arrays.copyOf(png, png.length / 2));
    assertRejected(pets).hasMessage(broken(pets, "test/dog/3.png", "the file ends too early"));
  }

  @Test
  void namesADamagedPng() throws IOException {
    byte[] png = Samples.png(4, 6, 1);
    png[png.length - 20] ^= 1;
    Samples.write(pets, "train/cat/2.png", png);
    assertRejected(pets)
        .hasMessage(broken(pets, "train/cat/2.png", "the checksum of chunk IDAT is wrong"));
  }

  @Test
  void namesAnEmptyFileInAnArchive() throws IOException {
    Samples.write(pets, "train/cat/1.png", new byte[0]);
    Path archive = Samples.zipped(pets, temporary.resolve("a.zip"), "");
    assertRejected(archive).hasMessage(broken(archive, "train/cat/1.png", "the file is empty"));
  }

  @Test
  void namesAPictureInAnotherFormat() throws IOException {
    BufferedImage image = Samples.noise(4, 6, BufferedImage.TYPE_INT_RGB, 1);
    Samples.write(pets, "train/cat/0.gif", Samples.encoded(image, "gif"));
    assertRejected(pets)
        .hasMessage(broken(pets, "train/cat/0.gif", "it is neither a JPEG nor a PNG file"));
  }

  @Test
  void namesTheFirstOfSeveralBrokenFiles() throws IOException {
    for (int i = 0; i < 40; i++) {
      Samples.write(pets, "train/cat/b%02d.png".formatted(i), new byte[0]);
    }
    assertRejected(pets).hasMessage(broken(pets, "train/cat/b00.png", "the file is empty"));
  }

  @Test
  void rejectsAFileThatIsNoArchive() throws IOException {
    Path fake = temporary.resolve("fake.zip");
    Files.write(fake, new byte[100]);
    assertRejected(fake)
        .hasMessage(
            """
            read images: %s is neither a folder nor a readable ZIP archive.
              reason  zip END header not found
            Maybe the file is of another kind, or was not copied to its end.""",
            fake);
  }

  @Test
  void rejectsATruncatedArchive() throws IOException {
    Path archive = Samples.zipped(pets, temporary.resolve("a.zip"), "");
    byte[] bytes = Files.readAllBytes(archive);
    Files.write(archive, Arrays.copyOf(bytes, bytes.length - 100));
    assertRejected(archive)
        .hasMessage(
            """
            read images: %s is neither a folder nor a readable ZIP archive.
              reason  zip END header not found
            Maybe the file is of another kind, or was not copied to its end.""",
            archive);
  }

  @Test
  void rejectsWhatDoesNotFitIntoMemory() throws IOException {
    Picture first = Picture.decoded(Samples.png(10, 20, 1));
    assertThatThrownBy(() -> ImageFolder.requireMemory(pets, 1 << 20, first, 256 << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: the images of %s do not fit into memory.
              images    1,048,576 of 10 x 20
              need      600 MB
              Java has  256 MB
            Maybe resize the images first, or give Java more memory with -Xmx.""",
            pets);
  }
}
