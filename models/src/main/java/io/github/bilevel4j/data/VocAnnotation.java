package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** The objects of a picture, in the XML format of PASCAL VOC. */
record VocAnnotation(ImmutableList<Item> objects) {
  /** No larger file is an annotation, in bytes. */
  private static final long MOST_BYTES = 1 << 24;

  /** An object; the first and last pixels of its box, counted from 1. */
  record Item(
      String className, boolean isDifficult, double left, double top, double right, double bottom) {

    boolean isWithin(int height, int width) {
      return left >= 1
          && top >= 1
          && right <= width
          && bottom <= height
          && left <= right
          && top <= bottom;
    }

    /** Its edges, as shares of the picture. */
    BoundingBox box(int height, int width) {
      return new BoundingBox(
          (left - 1) / width, (top - 1) / height, right / width, bottom / height);
    }

    @Override
    public String toString() {
      return "%s x %s to %s, y %s to %s"
          .formatted(Folder.shown(className), left, right, top, bottom);
    }
  }

  /**
   * Reads a file.
   *
   * @throws UsageError if it cannot be read, naming it
   */
  static VocAnnotation read(Path source, PictureFile file) {
    try {
      return parsed(file.node());
    } catch (IOException | SAXException e) {
      throw UsageError.in("read boxes")
          .because("an annotation of %s cannot be read", source)
          .value("file", Folder.shown(file.path()))
          .value(
              "reason",
              Folder.shown(
                  e instanceof IOException failure
                      ? ReadFailure.reason(failure)
                      : String.valueOf(e.getMessage())))
          .maybe("it is of another format than PASCAL VOC's, or damaged.");
    }
  }

  private static VocAnnotation parsed(FileNode node) throws IOException, SAXException {
    if (node.size() > MOST_BYTES) {
      throw new IOException("it is too large for an annotation");
    }
    Element root = builder().parse(new ByteArrayInputStream(node.bytes())).getDocumentElement();
    ImmutableList.Builder<Item> objects = ImmutableList.builder();
    NodeList all = root.getChildNodes();
    for (int i = 0; i < all.getLength(); i++) {
      if (all.item(i) instanceof Element object && object.getTagName().equals("object")) {
        Element box = child(object, "bndbox");
        objects.add(
            new Item(
                text(object, "name"),
                hasChild(object, "difficult") && text(object, "difficult").equals("1"),
                number(box, "xmin"),
                number(box, "ymin"),
                number(box, "xmax"),
                number(box, "ymax")));
      }
    }
    return new VocAnnotation(objects.build());
  }

  /** A parser that resolves nothing outside the file and expands no entities. */
  private static DocumentBuilder builder() throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      // Else the parser writes what is wrong to the console too.
      builder.setErrorHandler(new DefaultHandler());
      return builder;
    } catch (ParserConfigurationException e) {
      throw new IOException("Java has no XML parser that refuses document types", e);
    }
  }

  private static boolean hasChild(Element parent, String name) {
    return find(parent, name) != null;
  }

  private static Element find(Element parent, String name) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        return element;
      }
    }
    return null;
  }

  private static Element child(Element parent, String name) throws IOException {
    Element found = find(parent, name);
    if (found == null) {
      throw new IOException("an object has no <" + name + ">");
    }
    return found;
  }

  private static String text(Element parent, String name) throws IOException {
    return child(parent, name).getTextContent().strip();
  }

  private static double number(Element parent, String name) throws IOException {
    String text = text(parent, name);
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IOException("<%s> is no number: %s".formatted(name, text), e);
    }
  }
}
