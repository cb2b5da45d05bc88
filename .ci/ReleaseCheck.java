import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Checks artifacts as they would be published against what Maven Central asks of a release, short
 * of checksums and signatures. Its arguments are the folder of the group in a repository and the
 * version; a finding is a line, and the exit status is 1 if there is one.
 */
final class ReleaseCheck {
  private static final String GROUP = "io.github.bilevel4j";
  private static final String BOM = "bilevel4j-bom";

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
  private final Path group;
  private final String version;

  private ReleaseCheck(Path group, String version) {
    this.group = group;
    this.version = version;
  }

  public static void main(String[] args) throws Exception {
    ReleaseCheck check = new ReleaseCheck(Path.of(args[0]), args[1]);
    int checked = check.all();
    check.findings.forEach(System.err::println);
    if (!check.findings.isEmpty()) {
      System.exit(1);
    }
    System.out.println("release check: " + checked + " artifacts, nothing missing");
  }

  private int all() throws Exception {
    Set<String> artifacts = new TreeSet<>();
    try (Stream<Path> folders = Files.list(group)) {
      folders
          .filter(folder -> Files.isDirectory(folder.resolve(version)))
          .forEach(folder -> artifacts.add(folder.getFileName().toString()));
    }
    artifacts.add(BOM);
    artifacts.addAll(managed());
    for (String artifact : artifacts) {
      check(artifact);
    }
    return artifacts.size();
  }

  private List<String> managed() throws Exception {
    return Files.exists(file(BOM, ".pom"))
        ? texts(parsed(BOM), "dependencyManagement/dependencies/dependency/artifactId")
        : List.of();
  }

  private void check(String artifact) throws Exception {
    if (!Files.exists(file(artifact, ".pom"))) {
      findings.add(artifact + ": no pom");
      return;
    }
    Document pom = parsed(artifact);
    for (String path : REQUIRED) {
      if (texts(pom, path).stream().allMatch(String::isBlank)) {
        findings.add(artifact + ": the pom has no " + path);
      }
    }
    for (String path : FORBIDDEN) {
      if (count(pom, path) > 0) {
        findings.add(artifact + ": the pom has " + path);
      }
    }
    checkProperties(artifact);
    checkVersions(artifact, pom);
    if (!texts(pom, "packaging").contains("pom")) {
      checkJars(artifact);
    }
  }

  private void checkProperties(String artifact) throws IOException {
    Pattern.compile("\\$\\{[^}]*}")
        .matcher(Files.readString(file(artifact, ".pom")))
        .results()
        .map(MatchResult::group)
        .filter(property -> !property.equals(NATIVES))
        .forEach(property -> findings.add(artifact + ": the pom leaves " + property + " open"));
  }

  private void checkVersions(String artifact, Document pom) throws XPathExpressionException {
    String others = "//dependency[groupId!='" + GROUP + "']/version";
    for (String used : texts(pom, others)) {
      if (used.endsWith("-SNAPSHOT") || used.matches(".*[\\[(,].*|LATEST|RELEASE")) {
        findings.add(artifact + ": the pom depends on version " + used);
      }
    }
    for (String own : texts(pom, "//dependency[groupId='" + GROUP + "']/version")) {
      if (!own.equals(version)) {
        findings.add(artifact + ": the pom depends on bilevel4j " + own + " beside " + version);
      }
    }
  }

  private void checkJars(String artifact) throws IOException {
    checkJar(artifact, ".jar", "class");
    checkJar(artifact, "-sources.jar", "java");
    checkJar(artifact, "-javadoc.jar", "html");
  }

  private void checkJar(String artifact, String ending, String content) throws IOException {
    Path path = file(artifact, ending);
    if (!Files.exists(path)) {
      findings.add(artifact + ": no " + path.getFileName());
      return;
    }
    try (JarFile jar = new JarFile(path.toFile())) {
      if (jar.stream().noneMatch(entry -> entry.getName().endsWith("." + content))) {
        findings.add(artifact + ": no " + content + " files in " + path.getFileName());
      }
      if (ending.equals(".jar")) {
        checkManifest(artifact, jar.getManifest().getMainAttributes());
      }
    }
  }

  private void checkManifest(String artifact, Attributes manifest) {
    String module = manifest.getValue("Automatic-Module-Name");
    if (module == null || !module.matches(Pattern.quote(GROUP) + "(\\.[a-z]\\w*)+")) {
      findings.add(artifact + ": the manifest's Automatic-Module-Name is " + module);
    }
    if (!version.equals(manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION))) {
      findings.add(artifact + ": the manifest does not give the version");
    }
  }

  private Path file(String artifact, String ending) {
    return group.resolve(Path.of(artifact, version, artifact + "-" + version + ending));
  }

  private Document parsed(String artifact) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(file(artifact, ".pom").toFile());
  }

  private NodeList nodes(Document pom, String path) throws XPathExpressionException {
    String full = path.startsWith("/") ? path : "/project/" + path;
    return (NodeList) xpath.evaluate(full, pom, XPathConstants.NODESET);
  }

  private int count(Document pom, String path) throws XPathExpressionException {
    return nodes(pom, path).getLength();
  }

  private List<String> texts(Document pom, String path) throws XPathExpressionException {
    NodeList nodes = nodes(pom, path);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
