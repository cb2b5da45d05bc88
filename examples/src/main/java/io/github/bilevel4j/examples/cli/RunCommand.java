package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.source.SourceFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Runs a program in a single source file. */
@Command(
    name = "run",
    description = "Compiles a single Java source file and runs its main method.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE.java", description = "the program")
  Path file;

  @Parameters(
      index = "1..*",
      paramLabel = "ARGS",
      description = "what its main method is given; those that begin with - come after --")
  String[] arguments = {};

  @Override
  public Integer call() throws Exception {
    Method main = SourceFile.load(file).main().getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    try {
      main.invoke(null, (Object) arguments);
      return 0;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception own) {
        throw own;
      }
      throw e;
    } catch (NullPointerException e) {
      throw UsageError.in("source file")
          .because("the main method of %s is not static", file)
          .error();
    }
  }
}
