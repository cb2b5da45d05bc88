package io.github.bilevel4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README shows code that is compiled and run, and links to files that are there. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");
  private static final Splitter PARTS = Splitter.on(Pattern.compile("\n\\s*\n"));

  private static String readme() throws IOException {
    return Files.readString(ROOT.resolve("README.md"));
  }

  /** All code that tests run: those of this module, and the consumer project. */
  private static String tested() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String folder : new String[] {"src/test/java", "src/it/consumer/src"}) {
      try (Stream<Path> found = Files.walk(Path.of(folder))) {
        found.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
      }
    }
    List<String> sources = new ArrayList<>();
    for (Path file : files) {
      sources.add(squeezed(Files.readString(file)));
    }
    return String.join("\n", sources);
  }

  /** Without comments at the ends of lines and white space. */
  private static String squeezed(String code) {
    return code.lines()
        .map(line -> line.replaceAll("\\s//\\s.*", ""))
        .collect(Collectors.joining())
        .replaceAll("\\s+", "");
  }

  @Test
  void codeIsThatOfTests() throws IOException {
    String tested = tested();
    Matcher blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme());
    int count = 0;
    while (blocks.find()) {
      for (String part : PARTS.split(blocks.group(1))) {
        assertThat(tested).as(part).contains(squeezed(part).replaceAll("}+$", ""));
        count++;
      }
    }
    assertThat(count).isGreaterThan(10);
  }

  @Test
  void linksLeadToFiles() throws IOException {
    Matcher links = Pattern.compile("]\\(([^)#:]+)\\)").matcher(readme());
    int count = 0;
    while (links.find()) {
      assertThat(ROOT.resolve(links.group(1))).exists();
      count++;
    }
    assertThat(count).isGreaterThan(20);
  }
}
