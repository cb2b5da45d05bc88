package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.Bytes;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.NodeList;

class PictureTest {
  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;
  private static final byte[] PNG = Samples.png(HEIGHT, WIDTH, 1);
  private static final byte[] JPEG = Samples.jpeg(24, 40, 2);

  private static byte[] rgb(BufferedImage image, String format) throws IOException {
    return Picture.decoded(Samples.encoded(image, format)).rgb();
  }

  /** The samples that the three channels should have, from the bands of the image. */
  private static byte[] expected(BufferedImage image, int... bands) {
    Raster raster = image.getRaster();
    byte[] rgb = new byte[3 * raster.getWidth() * raster.getHeight()];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % raster.getWidth();
      int y = i / 3 / raster.getWidth();
      int bits = raster.getSampleModel().getSampleSize(bands[i % 3]);
      double sample = raster.getSample(x, y, bands[i % 3]);
      rgb[i] = (byte) Math.round(255 * sample / ((1 << bits) - 1));
    }
    return rgb;
  }

  private static BufferedImage component(ColorSpace space, boolean hasAlpha, int transferType) {
    ColorModel model =
        new ComponentColorModel(
            space,
            hasAlpha,
            false,
            hasAlpha ? ColorModel.TRANSLUCENT : ColorModel.OPAQUE,
            transferType);
    WritableRaster raster = model.createCompatibleWritableRaster(WIDTH, HEIGHT);
    return Samples.noise(new BufferedImage(model, raster, false, null), 3);
  }

  @Test
  void colorPngIsExact() throws IOException {
    BufferedImage image = Samples.noise(HEIGHT, WIDTH, BufferedImage.TYPE_INT_RGB, 4);
    Picture picture = Picture.decoded(Samples.encoded(image, "png"));
    assertThat(picture.rgb()).isEqualTo(expected(image, 0, 1, 2));
    assertThat(picture).hasToString("height 5, width 7");
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
  void grayPngIsRepeated(int type) throws IOException {
    BufferedImage image = Samples.noise(HEIGHT, WIDTH, type, 5);
    assertThat(rgb(image, "png")).isEqualTo(expected(image, 0, 0, 0));
  }

  @Test
  void grayJpegIsRepeatedWithoutAGammaCurve() throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 64; i++) {
      image.getRaster().setSample(i % 8, i / 8, 0, 100);
    }
    byte[] gray = new byte[3 * 64];
    Arrays.fill(gray, (byte) 100);
    assertThat(rgb(image, "jpg")).isEqualTo(gray);
  }

  @ParameterizedTest
  @ValueSource(ints = {DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT})
  void transparencyIsDropped(int transferType) throws IOException {
    BufferedImage color = component(ColorSpace.getInstance(ColorSpace.CS_sRGB), true, transferType);
    assertThat(rgb(color, "png")).isEqualTo(expected(color, 0, 1, 2));
    BufferedImage gray = component(ColorSpace.getInstance(ColorSpace.CS_GRAY), true, transferType);
    assertThat(rgb(gray, "png")).isEqualTo(expected(gray, 0, 0, 0));
  }

  @Test
  void colorOf16BitsIsRounded() throws IOException {
    BufferedImage image =
        component(ColorSpace.getInstance(ColorSpace.CS_sRGB), false, DataBuffer.TYPE_USHORT);
    assertThat(rgb(image, "png")).isEqualTo(expected(image, 0, 1, 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void paletteGivesItsColors(int bits) throws IOException {
    int colors = 1 << bits;
    byte[][] palette = new byte[3][colors];
    for (int i = 0; i < 3 * colors; i++) {
      palette[i % 3][i / 3] = (byte) (37 * i + 11);
    }
    IndexColorModel model = new IndexColorModel(bits, colors, palette[0], palette[1], palette[2]);
    int type = bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
    BufferedImage image = Samples.noise(new BufferedImage(WIDTH, HEIGHT, type, model), 6);
    byte[] expected = new byte[3 * WIDTH * HEIGHT];
    for (int i = 0; i < expected.length; i++) {
      int index = image.getRaster().getSample(i / 3 % WIDTH, i / 3 / WIDTH, 0);
      expected[i] = palette[i % 3][index];
    }
    assertThat(rgb(image, "png")).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void grayOfFewBitsIsSpreadOverTheRange(int bits) throws IOException {
    int levels = 1 << bits;
    byte[] gray = new byte[levels];
    for (int i = 0; i < levels; i++) {
      gray[i] = (byte) (255 * i / (levels - 1));
    }
    IndexColorModel model = new IndexColorModel(bits, levels, gray, gray, gray);
    BufferedImage image =
        Samples.noise(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY, model), 7);
    assertThat(rgb(image, "png")).isEqualTo(expected(image, 0, 0, 0));
  }

  @Test
  void colorJpegIsNearItsSource() throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, 0x2060b0);
    }
    assertNear(rgb(image, "jpg"), 0x20, 0x60, 0xb0);
  }

  /** {@code javax.imageio} alone would take the luma and chroma of this one for RGB. */
  @Test
  void colorJpegWithoutMarkersIsYcbcr() throws IOException {
    assertNear(Picture.decoded(bareJpeg(0, 1, 2)).rgb(), 0x20, 0x60, 0xb0);
    assertNear(Picture.decoded(bareJpeg(1, 2, 3)).rgb(), 0x20, 0x60, 0xb0);
  }

  /** The channels stand for Y = 86, Cb = 179, Cr = 89, but are called R, G and B. */
  @Test
  void colorJpegWithChannelsCalledRgbIsRgb() throws IOException {
    assertNear(Picture.decoded(bareJpeg('R', 'G', 'B')).rgb(), 86, 179, 89);
  }

  /** One color, no subsampling, no JFIF segment, channels with these names. */
  private static byte[] bareJpeg(int... channels) throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, 0x2060b0);
    }
    byte[] marked = jpegWithoutSubsampling(image);
    int jfif = 18;
    byte[] bare = new byte[marked.length - jfif];
    System.arraycopy(marked, 0, bare, 0, 2);
    System.arraycopy(marked, 2 + jfif, bare, 2, bare.length - 2);
    int frame = startOfSegment(bare, 0xc0);
    int scan = startOfSegment(bare, 0xda);
    for (int i = 0; i < 3; i++) {
      bare[frame + 10 + 3 * i] = (byte) channels[i];
      bare[scan + 5 + 2 * i] = (byte) channels[i];
    }
    return bare;
  }

  private static int startOfSegment(byte[] jpeg, int marker) {
    int at = 2;
    while (Byte.toUnsignedInt(jpeg[at + 1]) != marker) {
      at += 2 + (Byte.toUnsignedInt(jpeg[at + 2]) << 8) + Byte.toUnsignedInt(jpeg[at + 3]);
    }
    return at;
  }

  private static byte[] jpegWithoutSubsampling(BufferedImage image) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    String format = "javax_imageio_jpeg_image_1.0";
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(image), null);
    IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree(format);
    NodeList components = tree.getElementsByTagName("componentSpec");
    for (int i = 0; i < components.getLength(); i++) {
      ((IIOMetadataNode) components.item(i)).setAttribute("HsamplingFactor", "1");
      ((IIOMetadataNode) components.item(i)).setAttribute("VsamplingFactor", "1");
    }
    metadata.setFromTree(format, tree);
    return written(writer, new IIOImage(image, null, metadata));
  }

  private static byte[] written(ImageWriter writer, IIOImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(image);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  @Test
  void colorProfileIsIgnored() throws IOException {
    ColorSpace linear = new ICC_ColorSpace(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB));
    ColorModel model =
        new ComponentColorModel(linear, false, false, ColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
    WritableRaster raster = model.createCompatibleWritableRaster(16, 16);
    for (int i = 0; i < 256; i++) {
      raster.setPixel(i % 16, i / 16, new int[] {0x20, 0x60, 0xb0});
    }
    assertNear(rgb(new BufferedImage(model, raster, false, null), "jpg"), 0x20, 0x60, 0xb0);
  }

  private static void assertNear(byte[] rgb, int... color) {
    assertThat(rgb).hasSize(3 * 256);
    assertThat(IntStream.range(0, rgb.length))
        .allMatch(i -> Math.abs(Byte.toUnsignedInt(rgb[i]) - color[i % 3]) <= 4);
  }

  /** 8 x 8 pixels of CMYK that Pillow 12.3 wrote, with its Adobe segment. */
  private static final byte[] CMYK =
      Base64.getDecoder()
          .decode(
              "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
                  + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAA"
                  + "AAAAAAAAAAAAAAoECf/EACsQAAECAgUNAQAAAAAAAAAAAAUGBwQVAAMJFBYIGSQ2QkVUYWVyg6TC4v/a"
                  + "AA4EQwBNAFkASwAAPwCO3KdJdvk6g1lGtg8UOa8DgJ5rW5TM4DBMRLtwFHBJNIgpyoiQhPiJuoC48fMz"
                  + "pUYGgLxeiZCCgqqviapcGVtvPzfVDR5u7oXrfmmnlra7es2lcZt9/On/2Q==");

  private static long checksum(byte[] file) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(Picture.decoded(file).rgb());
    return sum.getValue();
  }

  /** The checksums are those of Pillow 12.3's conversion to RGB. */
  @Test
  void inksAreConverted() throws IOException {
    assertThat(checksum(CMYK)).isEqualTo(4_175_736_268L);
    byte[] ycck = CMYK.clone();
    ycck[6 + 11] = 2;
    assertThat(checksum(ycck)).isEqualTo(3_405_043_686L);
    byte[] withoutAdobe =
        Bytes.concat(Arrays.copyOf(CMYK, 2), Arrays.copyOfRange(CMYK, 18, CMYK.length));
    assertThat(checksum(withoutAdobe)).isEqualTo(4_175_736_268L);
  }

  @Test
  void anEmptyFileIsRejected() {
    assertThatThrownBy(() -> Picture.decoded(new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessage("the file is empty");
  }

  @Test
  void anotherFormatIsRejected() {
    byte[] gif = Samples.encoded(new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY), "gif");
    assertThatThrownBy(() -> Picture.decoded(gif))
        .isInstanceOf(IOException.class)
        .hasMessage("it is neither a JPEG nor a PNG file");
  }

  @Test
  void everyTruncatedPngIsRejected() {
    for (int length = 8; length < PNG.length; length++) {
      byte[] cut = Arrays.copyOf(PNG, length);
      assertThatThrownBy(() -> Picture.decoded(cut))
          .isInstanceOf(IOException.class)
          .hasMessage("the file ends too early");
    }
  }

  @Test
  void everyTruncatedJpegIsRejected() {
    for (int length = 2; length < JPEG.length; length++) {
      byte[] cut = Arrays.copyOf(JPEG, length);
      assertThatThrownBy(() -> Picture.decoded(cut))
          .isInstanceOf(IOException.class)
          .hasMessage("the file ends too early");
    }
  }

  @Test
  void aJpegThatLacksItsMiddleIsRejected() {
    byte[] gap = Arrays.copyOf(JPEG, JPEG.length - 300);
    System.arraycopy(JPEG, JPEG.length - 20, gap, gap.length - 20, 20);
    assertThatThrownBy(() -> Picture.decoded(gap))
        .isInstanceOf(IOException.class)
        .hasMessage("the decoder reports: Corrupt JPEG data: premature end of data segment");
  }

  /** Bytes that mean nothing, before the given marker of a JPEG. */
  private static byte[] withExtraneousBytes(int marker, int... bytes) {
    int at = marker == 0xd9 ? JPEG.length - 2 : startOfSegment(JPEG, marker);
    byte[] changed = new byte[JPEG.length + bytes.length];
    System.arraycopy(JPEG, 0, changed, 0, at);
    for (int i = 0; i < bytes.length; i++) {
      changed[at + i] = (byte) bytes[i];
    }
    System.arraycopy(JPEG, at, changed, at + bytes.length, JPEG.length - at);
    return changed;
  }

  /** As libjpeg does, which warns of "extraneous bytes before marker". */
  @Test
  void extraneousBytesOfAJpegArePassedOver() throws IOException {
    Picture whole = Picture.decoded(JPEG);
    assertThat(whole.hasExtraneousBytes()).isFalse();
    for (int marker : new int[] {0xdb, 0xc0, 0xc4, 0xda, 0xd9}) {
      Picture picture = Picture.decoded(withExtraneousBytes(marker, 0, 17, 1, 0xff, 0, 80));
      assertThat(picture.hasExtraneousBytes()).isTrue();
      assertThat(picture.rgb()).isEqualTo(whole.rgb());
    }
  }

  @Test
  void bytesBehindAJpegArePassedOver() throws IOException {
    byte[] longer = Arrays.copyOf(JPEG, JPEG.length + 100);
    assertThat(Picture.decoded(longer).rgb()).isEqualTo(Picture.decoded(JPEG).rgb());
  }

  @ParameterizedTest
  @CsvSource({"20000, 20000", "65535, 2049", "0, 8"})
  void aJpegBeyondTheLimitIsNotDecoded(int height, int width) {
    assertBeyondTheLimit(Samples.claiming(JPEG, height, width), height, width);
  }

  @ParameterizedTest
  @CsvSource({"1, 2000000000", "2147483647, 2147483647", "30000, 30000", "1, 0", "-1, 5"})
  void aPngBeyondTheLimitIsNotDecoded(int height, int width) throws IOException {
    byte[] png = PNG.clone();
    byte[] header = Samples.pngHeader(height, width);
    System.arraycopy(header, 0, png, 8, header.length);
    assertBeyondTheLimit(png, height, width);
  }

  private static void assertBeyondTheLimit(byte[] file, int height, int width) {
    boolean isEmpty = height <= 0 || width <= 0;
    assertThatThrownBy(() -> Picture.decoded(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "its header claims height %d, width %d%s",
            height, width, isEmpty ? "" : ", the limit is 134,217,728 pixels");
  }

  /** Nothing is allocated for pixels that cannot be there. */
  @Test
  void aHeaderThatClaimsMoreThanItsBytesCanHoldIsRefused() throws IOException {
    assertThatThrownBy(() -> Picture.decoded(Samples.claiming(JPEG, 1024, JPEG.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("its header claims height 1024, width ")
        .hasMessageContaining(" bytes can hold");
    byte[] png = Samples.blackPng(4000, 4000, 4000);
    assertThat(Picture.decoded(png).height()).isEqualTo(4000);
    byte[] taller = png.clone();
    byte[] header = Samples.pngHeader(4200, 4000);
    System.arraycopy(header, 0, taller, 8, header.length);
    assertThatThrownBy(() -> Picture.decoded(taller))
        .hasMessage(
            "its header claims height 4200, width 4000, more than its %,d bytes can hold",
            taller.length);
  }

  /** A text that unpacks to a thousand times its size, in a picture with a palette. */
  @Test
  void textsOfAPngAreNotUnpacked() throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_INDEXED);
    byte[] png = Samples.encoded(image, "png");
    byte[] bad = Samples.pngChunk("zTXt", new byte[] {'k', 0, 0, 1, 2, 3});
    ByteArrayOutputStream with = new ByteArrayOutputStream();
    with.write(png, 0, 33);
    with.writeBytes(bad);
    with.write(png, 33, png.length - 33);
    assertThat(EncodedPicture.of(with.toByteArray()).file().read())
        .isEqualTo(EncodedPicture.of(png).file().read());
    assertThat(Picture.decoded(with.toByteArray()).rgb()).isEqualTo(Picture.decoded(png).rgb());
  }

  @Test
  void aPngWithoutHeaderIsRejected() {
    byte[] png = new byte[8 + 12];
    System.arraycopy(PNG, 0, png, 0, 8);
    System.arraycopy(PNG, PNG.length - 12, png, 8, 12);
    assertThatThrownBy(() -> Picture.decoded(png))
        .isInstanceOf(IOException.class)
        .hasMessage("it does not begin with a header");
  }

  @Test
  void aJpegWithoutHeaderIsRejected() {
    byte[] jpeg = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xd9};
    assertThatThrownBy(() -> Picture.decoded(jpeg))
        .isInstanceOf(IOException.class)
        .hasMessage("it has no header");
  }

  @Test
  void aJpegWithEndlesslyManyScansIsRejected() {
    int scan = startOfSegment(JPEG, 0xda);
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    jpeg.write(JPEG, 0, scan);
    for (int i = 0; i < 501; i++) {
      jpeg.write(JPEG, scan, 2 + 12);
    }
    jpeg.write(JPEG, scan, JPEG.length - scan);
    assertThatThrownBy(() -> Picture.decoded(jpeg.toByteArray()))
        .isInstanceOf(IOException.class)
        .hasMessage("it has more than 500 scans");
  }

  @Property(seed = "34", tries = 100)
  void everyDamagedByteOfAPngIsFound(
      @ForAll @IntRange(min = 0, max = 10_000) int at,
      @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] damaged = PNG.clone();
    damaged[at % PNG.length] ^= (byte) change;
    assertThatThrownBy(() -> Picture.decoded(damaged)).isInstanceOf(IOException.class);
  }

  @Property(seed = "35", tries = 200)
  void aDamagedJpegIsReadOrRejectedButNothingElse(
      @ForAll @IntRange(min = 2, max = 10_000) int at, @ForAll byte value) {
    byte[] damaged = JPEG.clone();
    damaged[at % JPEG.length] = value;
    try {
      Picture picture = Picture.decoded(damaged);
      assertThat(picture.rgb()).hasSize(3 * picture.height() * picture.width());
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }
}
