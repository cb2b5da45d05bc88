package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.ImageSource;
import io.github.bilevel4j.data.ProceduralImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.examples.ssl.SimSiam;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Methods, encoders and data of one's own, by the names of their classes; and what defects show.
 */
public class UserClassesTest {
  @TempDir Path folder;

  /** A method of one's own. */
  public static final class Own implements MethodRecipe {
    @Override
    public String id() {
      return "own";
    }

    @Override
    public Recipe recipe(MethodContext c) {
      return new Recipe(
          new SimSiam(c.projector(c.mlp(4)), c.predictor(MlpHead.layers(4, 4))),
          Augmentations.symmetricWeak(c.side()),
          Adam.rate(1e-3));
    }
  }

  /** A method with a defect. */
  public static final class Defective implements MethodRecipe {
    @Override
    public String id() {
      return "defective";
    }

    @Override
    public Recipe recipe(MethodContext c) {
      throw new IllegalArgumentException("not the user's mistake");
    }
  }

  /** A method that cannot be made. */
  public static final class Failing implements MethodRecipe {
    /** Fails. */
    public Failing() {
      throw new IllegalStateException("no such file");
    }

    @Override
    public String id() {
      return "failing";
    }

    @Override
    public Recipe recipe(MethodContext c) {
      throw new AssertionError();
    }
  }

  /** A method that needs to be told something. */
  public record Told(String id) implements MethodRecipe {
    @Override
    public Recipe recipe(MethodContext c) {
      throw new AssertionError();
    }
  }

  /** An encoder of one's own. */
  public static final class Tiny implements EncoderSpec {
    @Override
    public Encoder init(Scope scope, int side) {
      Map<String, Layer> stages = new LinkedHashMap<>();
      stages.put("stem", Conv.between(3, 4).kernel(3).stride(4).init(scope.child("stem")));
      stages.put("layer1", Conv.between(4, 5).kernel(1).init(scope.child("layer1")));
      stages.put("pool", new GlobalAveragePool());
      return Encoder.of(stages);
    }
  }

  /** Images of one's own. */
  public static final class Few implements ImageSource {
    @Override
    public ImageDataset read() {
      return ProceduralImages.shapes(40, 20, 1);
    }
  }

  private Ending umm(Class<?> method, Class<?> encoder, String data) {
    return Ending.of(
        "umm",
        "--method",
        method.getName(),
        "--encoder",
        encoder.getName(),
        "--data",
        data,
        "--batch",
        20,
        "--epochs",
        1,
        "--umm-epochs",
        1,
        "--early",
        "stem",
        "--device",
        "cpu",
        "--out",
        folder.resolve("run"));
  }

  @Test
  void ownMethodEncoderAndData() throws IOException {
    Ending ended = umm(Own.class, Tiny.class, Few.class.getName());
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("| pool ", "umm: 2 steps");
    assertThat(Files.readString(folder.resolve("run/config.json")))
        .contains(Own.class.getName(), Tiny.class.getName(), Few.class.getName());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "own.Nowhere | own.Nowhere: there is no such class on the class path.  Maybe the name is"
            + " misspelt, or the class path lacks its folder or jar.",
        "java.util.ArrayList | java.util.ArrayList: the class does not implement"
            + " io.github.bilevel4j.ssl.MethodRecipe.",
        "io.github.bilevel4j.examples.cli.UserClassesTest$Told |"
            + " io.github.bilevel4j.examples.cli.UserClassesTest$Told: needs a class with a"
            + " constructor without parameters.",
        "io.github.bilevel4j.examples.cli.UserClassesTest$Failing |"
            + " io.github.bilevel4j.examples.cli.UserClassesTest$Failing: the constructor failed:"
            + " java.lang.IllegalStateException: no such file.",
      })
  void classesThatAreNoMethods(String name, String message) {
    for (Ending ended :
        new Ending[] {Ending.of("umm", "--method", name), Ending.of("pretrain", name)}) {
      assertThat(ended.err()).isEqualToIgnoringNewLines("error: " + message);
      assertThat(ended.status()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--method", "--encoder"})
  void namesOfNothing(String option) {
    Ending ended = Ending.of("umm", option, "simklr");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().lines()).hasSize(1);
    assertThat(ended.err())
        .contains(
            "expected one of ", "or a FILE.java or the full name of a class but was 'simklr'");
  }

  @Test
  void defectsShowTheirTrace() {
    Ending ended = umm(Defective.class, Tiny.class, Few.class.getName());
    assertThat(ended.status()).isEqualTo(70);
    assertThat(ended.err())
        .startsWith("java.lang.IllegalArgumentException: not the user's mistake\n\tat ")
        .endsWith(
            "error: this is a defect of bilevel4j. Please report it with the lines above:"
                + " https://github.com/bilevel4j/bilevel4j/issues\n");
  }
}
