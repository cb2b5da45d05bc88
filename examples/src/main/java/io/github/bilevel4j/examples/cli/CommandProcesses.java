package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.examples.process.ProcessOutput;
import io.github.bilevel4j.examples.study.StudyFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs commands in processes of their own, several at a time. They end with this process, however
 * it does; asked to end, they put away what they have, so that they go on later.
 */
final class CommandProcesses implements StudyFolder.Program {
  private final int jobs;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();
  private volatile boolean isInterrupted;

  CommandProcesses(int jobs) {
    this.jobs = jobs;
  }

  @Override
  public int jobs() {
    return jobs;
  }

  @Override
  public int run(PrintWriter out, PrintWriter err, String... arguments) {
    try {
      return status(
          new ProcessBuilder(
                  ChildProgram.command(List.of(), Main.class.getName(), List.of(arguments)))
              .start(),
          out,
          err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int status(Process process, PrintWriter out, PrintWriter err) {
    running.add(process);
    ProcessOutput output = ProcessOutput.printed(process, out, err);
    if (isInterrupted) {
      interrupt();
    }
    int status = process.onExit().join().exitValue();
    running.remove(process);
    output.await();
    return status;
  }

  @Override
  public void interrupt() {
    isInterrupted = true;
    // Not Process.destroy(), which also closes the pipes.
    running.forEach(process -> process.toHandle().destroy());
  }

  @Override
  public boolean isResumable(String command) {
    return CommandOptions.of(command).isResumable();
  }
}
