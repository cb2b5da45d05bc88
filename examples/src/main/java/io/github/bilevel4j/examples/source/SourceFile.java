package io.github.bilevel4j.examples.source;

import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The classes of one Java source file, compiled by the JDK's own compiler with this program's class
 * path, and loaded. They see everything that this program sees.
 */
public final class SourceFile {
  private final Path file;
  private final ImmutableList<Class<?>> classes;

  private SourceFile(Path file, ImmutableList<Class<?>> classes) {
    this.file = file;
    this.classes = classes;
  }

  /** Whether a command's argument names a source file rather than a class. */
  public static boolean isNamedBy(String argument) {
    return argument.endsWith(".java");
  }

  /**
   * Compiles and loads a file.
   *
   * @throws UsageError if there is no such file, it does not compile (with the compiler's message,
   *     file and line), or this Java has no compiler
   */
  public static SourceFile load(Path file) {
    if (!Files.isRegularFile(file)) {
      throw UsageError.in("source file").because("there is no file %s", file).error();
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw UsageError.in("source file")
          .because("this Java has no compiler")
          .value("java.home", System.getProperty("java.home"))
          .maybe("JAVA_HOME should be a JDK, not a JRE.");
    }
    try {
      Path output = Files.createTempDirectory("bilevel4j-classes");
      try {
        compile(compiler, file, output);
        return new SourceFile(file, loaded(output));
      } finally {
        MoreFiles.deleteRecursively(output, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void compile(JavaCompiler compiler, Path file, Path output) throws IOException {
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    StringWriter other = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8)) {
      List<String> options =
          List.of(
              "-d",
              output.toString(),
              "-classpath",
              System.getProperty("java.class.path"),
              "-proc:none",
              "-parameters");
      boolean compiled =
          compiler
              .getTask(other, files, diagnostics, options, null, files.getJavaFileObjects(file))
              .call();
      if (!compiled) {
        UsageError.Message message =
            UsageError.in("source file").because("%s does not compile", file);
        for (String line : errors(file, diagnostics, other).lines().toList()) {
          message = message.row(line);
        }
        throw message.error();
      }
    }
  }

  /** As the compiler prints them: {@code file:line: error: message}, then the line. */
  private static String errors(
      Path file, DiagnosticCollector<JavaFileObject> diagnostics, StringWriter other)
      throws IOException {
    List<String> lines = Files.readAllLines(file);
    String errors =
        diagnostics.getDiagnostics().stream()
            .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
            .map(each -> error(file, lines, each))
            .collect(Collectors.joining("\n"));
    return errors.isEmpty() ? other.toString().strip() : errors;
  }

  private static String error(
      Path file, List<String> lines, Diagnostic<? extends JavaFileObject> error) {
    String message = error.getMessage(Locale.ROOT).strip();
    if (error.getLineNumber() == Diagnostic.NOPOS) {
      return file + ": error: " + message;
    }
    int line = (int) error.getLineNumber();
    String shown = line <= lines.size() ? "\n    " + lines.get(line - 1).strip() : "";
    return file + ":" + line + ": error: " + message + shown;
  }

  /** All classes are loaded at once, so that their files can be deleted. */
  private static ImmutableList<Class<?>> loaded(Path output) throws IOException {
    URLClassLoader loader =
        new URLClassLoader(new URL[] {output.toUri().toURL()}, SourceFile.class.getClassLoader());
    try (Stream<Path> files = Files.walk(output)) {
      ImmutableList.Builder<Class<?>> classes = ImmutableList.builder();
      for (Path each : files.filter(path -> path.toString().endsWith(".class")).sorted().toList()) {
        String relative = output.relativize(each).toString();
        String name =
            relative
                .substring(0, relative.length() - ".class".length())
                .replace(each.getFileSystem().getSeparator(), ".");
        classes.add(Class.forName(name, true, loader));
      }
      return classes.build();
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All classes of the file, nested ones too. */
  public ImmutableList<Class<?>> classes() {
    return classes;
  }

  /**
   * The one class that can be made and is of a type.
   *
   * @param what the type in words, for a message
   * @throws UsageError if there is none, or more than one
   */
  public <T> Class<? extends T> only(Class<T> type, String what) {
    return only(
        classes.stream()
            .filter(each -> Instances.canBe(type, each))
            .<Class<? extends T>>map(each -> each.asSubclass(type))
            .toList(),
        what);
  }

  /**
   * The class with the main method.
   *
   * @throws UsageError if there is none, or more than one
   */
  public Class<?> main() {
    return only(classes.stream().filter(SourceFile::hasMain).toList(), "a main method");
  }

  private static boolean hasMain(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(
            method ->
                method.getName().equals("main")
                    && Arrays.equals(method.getParameterTypes(), new Class<?>[] {String[].class}));
  }

  private <C extends Class<?>> C only(List<C> found, String what) {
    if (found.size() == 1) {
      return found.get(0);
    }
    UsageError.Message message =
        UsageError.in("source file")
            .because(
                found.isEmpty() ? "%s has no class with %s" : "%s has more than one class with %s",
                file,
                what);
    for (Class<?> each : found.isEmpty() ? classes : found) {
      message = message.row("class", each.getName());
    }
    throw message.error();
  }
}
