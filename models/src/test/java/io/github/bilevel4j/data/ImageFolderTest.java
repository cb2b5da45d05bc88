package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
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

  /** Black, but for the right half, which is white. */
  private static byte[] halves(int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < height * width; i++) {
      image.getRaster().setSample(i % width, i / width, 0, i % width < width / 2 ? 0 : 255);
    }
    return Samples.encoded(image, "png");
  }

  private static void assertHalves(byte[] samples, int side) {
    assertThat(samples).hasSize(3 * side * side);
    for (int i = 0; i < samples.length; i++) {
      int x = i / 3 % side;
      if (Math.abs(x - (side - 1) / 2.0) > 3) {
        assertThat(samples[i]).isEqualTo((byte) (x < side / 2 ? 0 : 255));
      }
    }
  }

  @Test
  void bringsPicturesOfDifferentSizesToTheSmallestSensibleOne() throws IOException {
    Samples.write(pets, "train/dog/2.png", halves(40, 80));
    Samples.write(pets, "test/cat/3.png", Samples.png(70, 1, 1));
    Path archive = Samples.zipped(pets, temporary.resolve("a.zip"), "pets");
    for (Path source : new Path[] {pets, archive}) {
      ImageDataset read = ImageFolder.read(source);
      assertThat(read.train()).hasToString("4 images [32, 32, 3] in 2 classes");
      assertThat(read.description())
          .isEqualTo(
              "images of "
                  + source
                  + ", brought to 32 x 32 (shorter sides are 1 to 40; --image-size chooses"
                  + " another)");
      assertHalves(read.train().samples(3), 32);
      assertThat(read.test().samples(0)).hasSize(3 * 32 * 32);
      assertThat(read.train().hasOriginals()).isTrue();
    }
  }

  @Test
  void bringsPicturesToTheSizeAskedFor() throws IOException {
    Samples.write(pets, "train/dog/2.png", halves(4, 6));
    ImageDataset read = ImageFolder.read(pets, DataSettings.of().imageSize(16));
    assertThat(read.train()).hasToString("4 images [16, 16, 3] in 2 classes");
    assertHalves(read.train().samples(3), 16);
    assertThat(read.description()).isEqualTo("images of " + pets + ", brought to 16 x 16");
    Samples.write(pets, "train/cat/0.png", new byte[3]);
    assertThatThrownBy(() -> ImageFolder.read(pets, DataSettings.of().imageSize(5)))
        .hasMessage(broken(pets, "train/cat/0.png", "it is neither a JPEG nor a PNG file"));
    DataSettings skipping = DataSettings.of().imageSize(5).skipDamaged(true);
    assertThat(ImageFolder.read(pets, skipping).train().count()).isEqualTo(4);
    assertThat(ImageFolder.read(pets, skipping).description()).endsWith(" without 1 damaged");
  }

  @Test
  void picturesOfTheSizeAskedForStayAsTheyAre() throws IOException {
    Path squares = temporary.resolve("squares");
    for (String part : new String[] {"train", "test"}) {
      Samples.write(squares, part + "/cat/1.png", Samples.png(5, 5, 3));
    }
    ImageDataset read = ImageFolder.read(squares, DataSettings.of().imageSize(5));
    assertThat(read.train().samples(0)).isEqualTo(Picture.decoded(Samples.png(5, 5, 3)).rgb());
    assertThat(read.description()).isEqualTo("images of " + squares);
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
  void tellsHowManyFilesAreBroken() throws IOException {
    for (int i = 0; i < 40; i++) {
      Samples.write(pets, "train/cat/b%02d.png".formatted(i), new byte[0]);
    }
    Samples.write(pets, "test/cat/z.jpg", new byte[9]);
    assertRejected(pets)
        .hasMessage(
            """
            read images: 41 of 47 pictures of %s cannot be read.
              train/cat/b00.png  the file is empty
              train/cat/b01.png  the file is empty
              train/cat/b02.png  the file is empty
              train/cat/b03.png  the file is empty
              train/cat/b04.png  the file is empty
              and 36 more
            Maybe copy them again, save them anew as RGB JPEG or PNG, or leave them out\
             (--skip-damaged).""",
            pets);
  }

  @Test
  void listsAllDamagedPicturesAtOnce() throws IOException {
    assertThat(ImageFolder.damaged(pets)).isEmpty();
    Samples.write(pets, "test/cat/3.png", new byte[9]);
    Samples.write(pets, "train/cat/1.png", new byte[0]);
    Samples.write(pets, "train/dog/1.jpg", Arrays.copyOf(Samples.jpeg(4, 6, 1), 300));
    assertThat(ImageFolder.damaged(pets))
        .containsExactly(
            Map.entry("train/cat/1.png", "the file is empty"),
            Map.entry("train/dog/1.jpg", "the file ends too early"),
            Map.entry("test/cat/3.png", "it is neither a JPEG nor a PNG file"));
    Path archive = Samples.zipped(pets, temporary.resolve("a.zip"), "");
    assertThat(ImageFolder.damaged(archive)).isEqualTo(ImageFolder.damaged(pets));
  }

  @Test
  void leavesOutDamagedPicturesWhenTold() throws IOException {
    ImageDataset whole = ImageFolder.read(pets);
    Samples.write(pets, "train/cat/0.png", new byte[0]);
    Samples.write(pets, "train/cat/3.png", Arrays.copyOf(Samples.png(4, 6, 1), 50));
    Samples.write(pets, "test/dog/4.jpg", new byte[9]);
    ImageDataset rest = ImageFolder.readSkippingDamaged(pets);
    assertThat(rest.description()).isEqualTo("images of " + pets + " without 3 damaged");
    assertSame(rest.train(), whole.train());
    assertSame(rest.test(), whole.test());
  }

  @Test
  void aDamagedHeaderThatClaimsAnotherSizeIsDamage() throws IOException {
    ImageDataset whole = ImageFolder.read(pets);
    byte[] jpeg = Samples.jpeg(4, 6, 1);
    Samples.write(pets, "train/dog/3.jpg", Samples.claiming(jpeg, 400, 600));
    assertThat(ImageFolder.damaged(pets)).containsOnlyKeys("train/dog/3.jpg");
    assertSame(ImageFolder.readSkippingDamaged(pets).train(), whole.train());
  }

  @Test
  void doesNotLeaveOutAWholeClass() throws IOException {
    Samples.write(pets, "test/dog/3.png", new byte[0]);
    assertThatThrownBy(() -> ImageFolder.readSkippingDamaged(pets))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: all pictures of a class of %s are damaged.
              class  test/dog
            Maybe copy them again, or remove the class from train and test.""",
            pets);
  }

  @Test
  void doesNotLeaveOutEverything() throws IOException {
    for (String file : ImageFolder.read(pets).train().classNames()) {
      Samples.write(pets, "train/" + file + "/1.png", new byte[0]);
      Samples.write(pets, "train/" + file + "/1.jpg", new byte[0]);
      Samples.write(pets, "train/" + file + "/2.png", new byte[0]);
      Samples.write(pets, "test/" + file + "/3.png", new byte[0]);
    }
    assertThatThrownBy(() -> ImageFolder.readSkippingDamaged(pets))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("read images: 8 of 8 pictures of " + pets + " cannot be read.");
  }

  @Test
  void namesAPictureThatIsALinkToNowhere() throws IOException {
    Files.createSymbolicLink(pets.resolve("train/cat/3.png"), Path.of("/nowhere/3.png"));
    assertRejected(pets)
        .hasMessage(
            broken(
                pets, "train/cat/3.png", "the link leads to /nowhere/3.png, which does not exist"));
    assertThat(ImageFolder.readSkippingDamaged(pets).train().count()).isEqualTo(4);
  }

  @Test
  void namesFoldersThatAreLinksToNowhere() throws IOException {
    for (String link : new String[] {"train/fish", "test/fish", "train/cat/more", "val"}) {
      Path path = pets.resolve(link);
      Files.createSymbolicLink(path, Path.of("/nowhere"));
      for (Reading reading : Reading.values()) {
        if (!link.equals("val")) {
          assertThatThrownBy(() -> reading.of(pets))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage(
                  """
                  read images: a file or folder of %s cannot be reached.
                    %s  the link leads to /nowhere, which does not exist
                  Maybe a disk is not mounted, or the target of a link was moved.""",
                  pets, link);
        }
      }
      Files.delete(path);
    }
    Files.move(pets.resolve("test"), temporary.resolve("elsewhere"));
    Files.createSymbolicLink(pets.resolve("test"), Path.of("/nowhere"));
    assertRejected(pets)
        .hasMessageContaining("test  the link leads to /nowhere, which does not exist");
    Files.delete(pets.resolve("test"));
    Files.createSymbolicLink(pets.resolve("test"), temporary.resolve("elsewhere"));
    assertThat(ImageFolder.read(pets).test().count()).isEqualTo(2);
  }

  private enum Reading {
    ALL,
    WITHOUT_DAMAGED,
    LIST_OF_DAMAGED;

    void of(Path source) {
      switch (this) {
        case ALL -> ImageFolder.read(source);
        case WITHOUT_DAMAGED -> ImageFolder.readSkippingDamaged(source);
        case LIST_OF_DAMAGED -> ImageFolder.damaged(source);
      }
    }
  }

  @Test
  void rejectsLinksThatLeadBack() throws IOException {
    Files.createSymbolicLink(pets.resolve("train/cat/back"), pets);
    assertRejected(pets)
        .hasMessage(
            """
            read images: the folder train/cat of %s cannot be listed.
              reason  the link back leads back to a folder above
            Maybe you may not read it, or a link leads back to a folder above.""",
            pets);
    Files.delete(pets.resolve("train/cat/back"));
    Files.createSymbolicLink(pets.resolve("train/cat/self.png"), Path.of("self.png"));
    assertThat(ImageFolder.damaged(pets)).containsOnlyKeys("train/cat/self.png");
  }

  @Test
  void namesAPictureThatIsNoRegularFile() throws Exception {
    Path pipe = pets.resolve("train/cat/3.png");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
    assertRejected(pets).hasMessage(broken(pets, "train/cat/3.png", "it is not a regular file"));
  }

  @Test
  void rejectsFoldersThatAreTooDeep() throws IOException {
    Samples.write(pets, "train/cat" + "/a".repeat(30) + "/1.png", Samples.png(4, 6, 7));
    assertThat(ImageFolder.read(pets).train().count()).isEqualTo(5);
    Path archive = temporary.resolve("a.zip");
    assertThat(ImageFolder.read(Samples.zipped(pets, archive, "")).train().count()).isEqualTo(5);
    Samples.write(pets, "train/cat" + "/a".repeat(31) + "/1.png", Samples.png(4, 6, 7));
    assertRejected(pets)
        .hasMessage(
            """
            read images: %s has folders more than 32 deep.
              folder  train/cat%s
            Maybe put the pictures right below the folder of their class.""",
            pets, "/a".repeat(31));
  }

  @Test
  void rejectsOtherArchivesByName() throws IOException {
    Map<String, byte[]> begins =
        Map.of(
            "gzip", new byte[] {0x1f, (byte) 0x8b, 8, 0},
            "bzip2", new byte[] {'B', 'Z', 'h', '9'},
            "xz", new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0},
            "zstd", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd},
            "tar", (" ".repeat(257) + "ustar").getBytes(ISO_8859_1));
    for (Map.Entry<String, byte[]> begin : begins.entrySet()) {
      Path archive = temporary.resolve("pets.tar.gz");
      Files.write(archive, begin.getValue());
      assertRejected(archive)
          .hasMessage(
              """
              read images: %s is an archive of the kind %s, not ZIP.
              Maybe unpack it (tar -xf) and give the folder; CIFAR's binary files as cifar10:DIR\
               or cifar100:DIR.""",
              archive, begin.getKey());
    }
    Path archive = temporary.resolve("pets.7z");
    Files.write(archive, new byte[] {'7', 'z', (byte) 0xbc, (byte) 0xaf, 0x27, 0x1c});
    assertRejected(archive).hasMessageContaining("kind 7z").hasMessageContaining("(7z x)");
  }

  @Test
  void namesTheReasonOfAnUnreadableFolder() throws IOException {
    Path closed = pets.resolve("train/cat");
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(closed);
    Files.setPosixFilePermissions(closed, Set.of());
    try {
      assumeTrue(!Files.isReadable(closed));
      assertRejected(pets).hasMessageContaining("reason  you may not read it");
    } finally {
      Files.setPosixFilePermissions(closed, permissions);
    }
  }

  @Test
  void tellsHowToReadCifar() throws IOException {
    Path cifar = temporary.resolve("cifar");
    Samples.write(cifar, "in/data_batch_1.bin", new byte[1]);
    assertRejected(cifar)
        .hasMessageEndingWith(
            "Maybe it holds CIFAR-10's binary files: give it as cifar10:%s/in", cifar);
    assertRejected(cifar.resolve("in")).hasMessageEndingWith("cifar10:%s/in", cifar);
    Samples.write(cifar, "in/train.bin", new byte[1]);
    Samples.write(cifar, "in/fine_label_names.txt", new byte[1]);
    Files.delete(cifar.resolve("in/data_batch_1.bin"));
    assertRejected(cifar).hasMessageEndingWith("cifar100:%s/in", cifar);
    Samples.write(temporary, "python/train", new byte[1]);
    Samples.write(temporary, "python/meta", new byte[1]);
    assertRejected(temporary.resolve("python"))
        .hasMessageEndingWith(
            "Maybe it holds some of CIFAR's Python files: the folder that was unpacked has all.");
  }
}
