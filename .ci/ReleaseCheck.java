import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Checks an artifact against what Maven Central asks of a release, short of checksums and
 * signatures. Its arguments are the pom to be published, the path of the jar without {@code .jar},
 * and the version; a finding is a line, and the exit status is 1 if there is one.
 */
final class ReleaseCheck {
  private static final String GROUP = "io.github.bilevel4j";

  /** What a pom must say, as XPath below {@code project}. */
  private static final List<String> REQUIRED =
      List.of(
          "name",
          "description",
          "url",
          "licenses/license/name",
          "licenses/license/url",
          "developers/developer/name",
          "developers/developer/organizationUrl",
          "scm/connection",
          "scm/developerConnection",
          "scm/url");

  /** What a pom that stands alone does not say. */
  private static final List<String> FORBIDDEN =
      List.of(
          "parent",
          "repositories",
          "pluginRepositories",
          "build",
          "//dependency[scope='test']",
          "//dependency[scope='system']",
          "//dependency[not(version)]");

  /** The only property that is left to the machine that resolves an artifact. */
  private static final String NATIVES = "${tensorflow.natives}";

  private final XPath xpath = XPathFactory.newInstance().newXPath();
  private final List<String> findings = new ArrayList<>();
  private final Path file;
  private final Document pom;
  private final String jar;
  private final String version;

  private ReleaseCheck(Path file, String jar, String version) throws Exception {
    this.file = file;
    this.pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    this.jar = jar;
    this.version = version;
  }

  public static void main(String[] args) throws Exception {
    ReleaseCheck check = new ReleaseCheck(Path.of(args[0]), args[1], args[2]);
    check.all();
    check.findings.forEach(finding -> System.err.println("not fit for release: " + finding));
    if (!check.findings.isEmpty()) {
      System.exit(1);
    }
  }

  private void all() throws IOException, XPathExpressionException {
    for (String path : REQUIRED) {
      if (texts(path).stream().allMatch(String::isBlank)) {
        findings.add("the pom has no " + path);
      }
    }
    for (String path : FORBIDDEN) {
      if (!texts(path).isEmpty()) {
        findings.add("the pom has " + path);
      }
    }
    checkProperties();
    checkVersions();
    if (!texts("packaging").contains("pom")) {
      checkJar(".jar", "class");
      checkJar("-sources.jar", "java");
      checkJar("-javadoc.jar", "html");
    }
  }

  private void checkProperties() throws IOException {
    Pattern.compile("\\$\\{[^}]*}")
        .matcher(Files.readString(file))
        .results()
        .map(MatchResult::group)
        .filter(property -> !property.equals(NATIVES))
        .forEach(property -> findings.add("the pom leaves " + property + " open"));
  }

  private void checkVersions() throws XPathExpressionException {
    for (String own : texts("//dependency[groupId='" + GROUP + "']/version")) {
      if (!own.equals(version)) {
        findings.add("the pom depends on bilevel4j " + own + " beside " + version);
      }
    }
    for (String other : texts("//dependency[groupId!='" + GROUP + "']/version")) {
      if (other.endsWith("-SNAPSHOT") || other.matches(".*[\\[(,].*|LATEST|RELEASE")) {
        findings.add("the pom depends on version " + other);
      }
    }
  }

  private void checkJar(String ending, String content) throws IOException {
    Path path = Path.of(jar + ending);
    if (!Files.exists(path)) {
      findings.add("there is no " + path.getFileName());
      return;
    }
    try (JarFile entries = new JarFile(path.toFile())) {
      if (entries.stream().noneMatch(entry -> entry.getName().endsWith("." + content))) {
        findings.add("no " + content + " files in " + path.getFileName());
      }
      if (ending.equals(".jar")) {
        checkManifest(entries.getManifest().getMainAttributes());
      }
    }
  }

  private void checkManifest(Attributes manifest) {
    String module = manifest.getValue("Automatic-Module-Name");
    if (module == null || !module.matches(Pattern.quote(GROUP) + "(\\.[a-z]\\w*)+")) {
      findings.add("the manifest's Automatic-Module-Name is " + module);
    }
    if (!version.equals(manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION))) {
      findings.add("the manifest does not give the version");
    }
  }

  private List<String> texts(String path) throws XPathExpressionException {
    String full = path.startsWith("/") ? path : "/project/" + path;
    NodeList nodes = (NodeList) xpath.evaluate(full, pom, XPathConstants.NODESET);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
