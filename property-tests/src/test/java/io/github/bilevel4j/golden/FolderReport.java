package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;

/**
 * Which files of a folder are tested.
 *
 * @param files the names of all files
 * @param kinds the names of the files for which there is a test
 */
record FolderReport(ImmutableSet<String> files, ImmutableSet<String> kinds) {

  static FolderReport of(GoldenFolder folder) {
    ImmutableSortedMap<String, Path> files = folder.files();
    return new FolderReport(ImmutableSet.copyOf(files.keySet()), namesOfKinds());
  }

  /** The names of the files for which there is a test: all implementations in this package. */
  static ImmutableSet<String> namesOfKinds() {
    return new ClassFileImporter()
        .importPackagesOf(GoldenKind.class).stream()
            .filter(each -> each.isAssignableTo(GoldenKind.class) && !each.isInterface())
            .filter(JavaClass::isTopLevelClass)
            .map(FolderReport::kind)
            .map(GoldenKind::file)
            .collect(ImmutableSet.toImmutableSet());
  }

  private static GoldenKind kind(JavaClass type) {
    try {
      return (GoldenKind) type.reflect().getDeclaredConstructor().newInstance();
    } catch (InstantiationException
        | IllegalAccessException
        | InvocationTargetException
        | NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The files for which there is a test. */
  ImmutableSet<String> tested() {
    return Sets.intersection(files, kinds).immutableCopy();
  }

  /** A line for each file without a test, then their number. */
  ImmutableList<String> lines() {
    ImmutableSet<String> untested = Sets.difference(files, kinds).immutableCopy();
    return ImmutableList.<String>builder()
        .addAll(untested.stream().map(name -> "golden: no runner for " + name).toList())
        .add("golden: files with a runner " + tested().size() + ", without one " + untested.size())
        .build();
  }
}
