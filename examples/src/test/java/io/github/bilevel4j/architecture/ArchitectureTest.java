package io.github.bilevel4j.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packages use those below them only, and one of them alone uses TensorFlow. */
class ArchitectureTest {
  private static final String ROOT = "io.github.bilevel4j.";

  private static final ImmutableList<String> EXPRESSIONS =
      ImmutableList.of("check", "shape", "op", "expr");

  private static final ImmutableList<String> DSL = and(EXPRESSIONS, "backend", "problem..");

  /** What each package may use besides itself; two dots stand for the packages within. */
  private static final ImmutableMap<String, ImmutableList<String>> BELOW =
      ImmutableMap.<String, ImmutableList<String>>builder()
          .put("check", ImmutableList.of())
          .put("shape", ImmutableList.of("check"))
          .put("op", ImmutableList.of("check", "shape"))
          .put("expr", ImmutableList.of("check", "shape", "op"))
          .put("backend", EXPRESSIONS)
          .put("problem..", ImmutableList.of("check", "shape", "op", "expr", "backend"))
          .put("autodiff.rule", EXPRESSIONS)
          .put("autodiff", and(EXPRESSIONS, "autodiff.rule"))
          .put("optimizer", DSL)
          .put("backend.tensorflow", dslAnd("autodiff"))
          .put("solver.step..", dslAnd("autodiff", "optimizer"))
          .put("solver.linear", dslAnd("autodiff", "solver.step.."))
          .put(
              "solver.estimator", dslAnd("autodiff", "optimizer", "solver.step..", "solver.linear"))
          .put(
              "solver.diagnosis",
              dslAnd("autodiff", "optimizer", "solver.step..", "solver.linear", "solver.estimator"))
          .put(
              "solver",
              dslAnd(
                  "autodiff",
                  "optimizer",
                  "solver.step..",
                  "solver.linear",
                  "solver.estimator",
                  "solver.diagnosis"))
          .put("file", ImmutableList.of("check"))
          .put("run", dslAnd("solver", "solver.step", "file"))
          .put("losses..", DSL)
          .put("evaluation", dslAnd("backend", "backend.tensorflow"))
          .put("laws", dslAnd("autodiff", "backend", "evaluation"))
          .put("gradcheck", dslAnd("autodiff", "backend", "evaluation"))
          .put("golden", dslAnd("backend", "evaluation"))
          .put("inspect", dslAnd("autodiff", "backend", "evaluation", "gradcheck", "laws"))
          .put("layer", DSL)
          .put("encoder", dslAnd("layer"))
          .put("head", dslAnd("layer"))
          .put("augment", DSL)
          .put("data", ImmutableList.of("check", "shape", "problem", "weights"))
          .put("weights", dslAnd("file", "layer", "encoder", "head"))
          .put(
              "eval",
              dslAnd(
                  "autodiff",
                  "optimizer",
                  "solver",
                  "solver.linear",
                  "run",
                  "losses..",
                  "layer",
                  "encoder",
                  "head",
                  "augment",
                  "data",
                  "weights"))
          .put("checkpoint", dslAnd("backend", "solver", "file", "run", "weights"))
          .put("ssl", dslAnd("optimizer", "losses..", "layer", "encoder", "head", "augment"))
          .put(
              "experiment",
              dslAnd(
                  "backend",
                  "solver",
                  "solver.step",
                  "file",
                  "run",
                  "layer",
                  "encoder",
                  "augment",
                  "data",
                  "weights",
                  "checkpoint",
                  "eval",
                  "ssl"))
          .put(
              "monitor", dslAnd("layer", "encoder", "augment", "data", "eval", "ssl", "experiment"))
          .buildOrThrow();

  /** Methods of {@link java.nio.file.Files} that change what a file holds. */
  private static final ImmutableSet<String> WRITING =
      ImmutableSet.of(
          "write",
          "writeString",
          "newBufferedWriter",
          "newOutputStream",
          "newByteChannel",
          "copy",
          "move",
          "createFile");

  /** They open channels to read. */
  private static final ImmutableSet<String> READERS =
      ImmutableSet.of(
          ROOT + "weights.WeightsFile", ROOT + "data.EndRecord", ROOT + "data.MappedRecords");

  /** On top: they may use everything, and nothing uses them. */
  private static final String EXAMPLES = "examples..";

  private static final JavaClasses PROJECT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.bilevel4j");

  private static ImmutableList<String> and(ImmutableList<String> some, String... more) {
    return ImmutableList.copyOf(Iterables.concat(some, List.of(more)));
  }

  private static ImmutableList<String> dslAnd(String... packages) {
    return and(DSL, packages);
  }

  private static String[] full(Iterable<String> packages) {
    return ImmutableList.copyOf(packages).stream().map(each -> ROOT + each).toArray(String[]::new);
  }

  static ImmutableSet<String> packages() {
    return BELOW.keySet();
  }

  private static DescribedPredicate<JavaClass> inProject() {
    return resideInAPackage("io.github.bilevel4j..");
  }

  @Test
  void everyPackageHasAPlace() {
    classes()
        .should()
        .resideInAnyPackage(full(Iterables.concat(BELOW.keySet(), List.of(EXAMPLES))))
        .check(PROJECT);
  }

  @ParameterizedTest
  @MethodSource("packages")
  void usesPackagesBelowItOnly(String name) {
    ImmutableList<String> allowed =
        ImmutableList.<String>builder().add(name).addAll(BELOW.get(name)).build();
    noClasses()
        .that()
        .resideInAPackage(ROOT + name)
        .should()
        .dependOnClassesThat(
            inProject().and(DescribedPredicate.not(resideInAnyPackage(full(allowed)))))
        .check(PROJECT);
  }

  @Test
  void internalPackagesServeProblemsAndSolversAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + "problem..", ROOT + "solver..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.github.bilevel4j..internal.."))
        .check(PROJECT);
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching("io.github.bilevel4j.(**)").should().beFreeOfCycles().check(PROJECT);
  }

  @Test
  void onePackageAloneUsesTensorFlow() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.github.bilevel4j.backend.tensorflow")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.tensorflow..", "org.bytedeco..", "com.google.protobuf.."))
        .check(PROJECT);
  }

  /**
   * The native library is a detail of the engine: its package offers the engine, and the one way
   * for a user's primitive to reach the library.
   */
  @Test
  void theTensorFlowPackageShowsItsEngineOnly() {
    classes()
        .that()
        .resideInAPackage("io.github.bilevel4j.backend.tensorflow")
        .and()
        .arePublic()
        .should()
        .implement(ROOT + "backend.Engine")
        .orShould()
        .beAssignableTo(ROOT + "expr.CustomPrimitive")
        .check(PROJECT);
  }

  /** What is written elsewhere may be cut by a crash, or fail in silence. */
  @Test
  void onePackageAloneWritesFiles() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "file")
        .and()
        .doNotHaveFullyQualifiedName(ROOT + "check.ResidentSet") // writes to /proc
        .should()
        .callCodeUnitWhere(writesAFile())
        .check(PROJECT);
  }

  private static DescribedPredicate<JavaCall<?>> writesAFile() {
    return DescribedPredicate.describe(
        "writes a file",
        call -> {
          String owner = call.getTargetOwner().getName();
          String name = call.getTarget().getName();
          ImmutableList<String> parameters =
              call.getTarget().getRawParameterTypes().stream()
                  .map(JavaClass::getName)
                  .collect(ImmutableList.toImmutableList());
          boolean toAFile =
              parameters.contains("java.io.File")
                  || parameters.contains("java.nio.file.Path")
                  || parameters.contains("java.lang.String");
          return switch (owner) {
            case "java.nio.file.Files" -> WRITING.contains(name);
            case "java.io.RandomAccessFile", "java.io.FileWriter" -> true;
            case "java.io.FileOutputStream", "java.io.PrintWriter", "java.io.PrintStream" ->
                name.equals("<init>") && toAFile;
            case "java.nio.channels.FileChannel" ->
                name.equals("open") && !READERS.contains(call.getOriginOwner().getName());
            case "com.fasterxml.jackson.databind.ObjectMapper" ->
                name.equals("writeValue") && toAFile;
            case "javax.imageio.ImageIO" -> name.equals("write") && toAFile;
            case "com.google.common.io.Files", "com.google.common.io.MoreFiles" ->
                name.startsWith("write") || name.endsWith("Sink");
            default -> owner.startsWith("org.knowm.xchart.") && name.startsWith("save") && toAFile;
          };
        });
  }

  /** Writing a problem needs no back end; so objectives are checked before any is loaded. */
  @Test
  void examplesAndTheLawKitAloneChooseTheEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + EXAMPLES, ROOT + "evaluation", ROOT + "backend.tensorflow")
        .should()
        .dependOnClassesThat(resideInAPackage("io.github.bilevel4j.backend.tensorflow"))
        .check(PROJECT);
  }
}
