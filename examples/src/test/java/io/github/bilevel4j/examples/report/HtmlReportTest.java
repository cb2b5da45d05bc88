package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.htmlunit.WebClient;
import org.htmlunit.html.DomElement;
import org.htmlunit.html.HtmlPage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a browser without a screen. */
class HtmlReportTest {
  private static final String ODD = "<b>&\"'</b></style><script>x</script>";

  @TempDir Path folder;

  private static Curves curves() {
    Curves curves = new Curves();
    MetricsListener pretrain = curves.phase("pretrain");
    pretrain.measured(0, ImmutableMap.of("loss", 4.0, ODD, 1.0));
    pretrain.measured(1, ImmutableMap.of("loss", 2.0, ODD, Double.NaN));
    pretrain.measured(2, ImmutableMap.of("loss", 3.0, ODD, Double.POSITIVE_INFINITY));
    curves.phase("umm").measured(0, ImmutableMap.of("loss", Double.NaN));
    return curves;
  }

  private HtmlPage opened(WebClient browser, String page) throws IOException {
    Path file = Files.writeString(folder.resolve("report.html"), page);
    return browser.getPage(file.toUri().toURL());
  }

  private static ViewSheet views() {
    Array first = Array.fill(Shape.of(3, 4, 4, 3), i -> i % 3 == 0 ? 2 : -1);
    return ViewSheet.of(List.of(first, Array.fill(Shape.of(3, 2, 2, 1), i -> 0.5)));
  }

  @Test
  void aPageThatNeedsNothingElse() throws IOException {
    String page =
        HtmlReport.of(
            Map.of("command", "umm", "arguments", List.of("umm", "--data", "my pictures", ODD)),
            ImmutableMap.of(
                "steps",
                45,
                "last",
                ImmutableMap.of("total", 0.123456789),
                "table",
                List.of(Map.of("stage", "pool", "linear", 17.5), Map.of("stage", ODD))),
            curves(),
            Optional.of(views()));
    assertThat(page).startsWith("<!DOCTYPE html>").doesNotContain("http:", "https:", "src=\"/");
    try (WebClient browser = new WebClient()) {
      HtmlPage opened = opened(browser, page);
      assertThat(opened.getTitleText()).isEqualTo("bilevel4j umm");
      assertThat(opened.getElementsByTagName("script")).isEmpty();
      assertThat(opened.getElementsByTagName("b")).isEmpty();
      String text = opened.getBody().getTextContent();
      assertThat(text)
          .contains("./bilevel4j umm --data 'my pictures' '<b>&\"'\\''</b>")
          .contains("steps: 45")
          .contains("0.12346")
          .contains("loss: 3.0000, between 2.0000 and 4.0000, steps 0 to 2")
          .contains("loss: no finite value")
          .contains(ODD);
      List<DomElement> lines = opened.getElementsByTagName("polyline");
      assertThat(lines).hasSize(2);
      // From the top by the bottom to the middle.
      assertThat(Splitter.on(' ').splitToList(lines.get(0).getAttribute("points")))
          .containsExactly("10.00,10.00", "210.00,190.00", "410.00,100.00");
      assertThat(opened.getElementsByTagName("img")).hasSize(1);
      assertThat(cells(opened)).contains("pool", "17.500", ODD);
    }
  }

  private static List<String> cells(HtmlPage page) {
    return page.getElementsByTagName("td").stream().map(DomElement::getTextContent).toList();
  }

  /** Samples beyond the scale are cut; views of other sizes and gray ones fit. */
  @Test
  void viewsAreDrawn() throws IOException {
    String page = HtmlReport.of(Map.of(), Map.of(), new Curves(), Optional.of(views()));
    try (WebClient browser = new WebClient()) {
      String source = opened(browser, page).getElementsByTagName("img").get(0).getAttribute("src");
      byte[] png = Base64.getDecoder().decode(source.substring(source.indexOf(',') + 1));
      BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
      assertThat(picture.getWidth()).isEqualTo(3 * 66);
      assertThat(picture.getHeight()).isEqualTo(2 * 66);
      assertThat(picture.getRGB(0, 0) & 0xffffff).isEqualTo(0xff0000);
      assertThat(picture.getRGB(0, 66) & 0xffffff).isEqualTo(0x808080);
    }
  }

  @Test
  void aRunThatMeasuredNothing() throws IOException {
    try (WebClient browser = new WebClient()) {
      HtmlPage page =
          opened(
              browser,
              HtmlReport.of(
                  Map.of("command", "bilevel"), Map.of(), new Curves(), Optional.empty()));
      assertThat(page.getElementsByTagName("svg")).isEmpty();
      assertThat(cells(page)).containsExactly("command", "bilevel");
    }
  }
}
