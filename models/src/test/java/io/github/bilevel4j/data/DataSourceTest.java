package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSourceTest {
  @TempDir private Path folder;

  @Test
  void builtinIsTheProceduralSet() {
    ImageDataset builtin = DataSource.read("builtin");
    assertThat(builtin.description()).isEqualTo("procedural shapes, seed 0");
    assertThat(builtin.train().count()).isEqualTo(2000);
    assertThat(builtin.test().count()).isEqualTo(1000);
    assertThat(DataSource.read("textures").description()).isEqualTo("procedural textures, seed 0");
  }

  @Test
  void aPathIsAnImageFolderOrArchive() throws IOException {
    Path pets = Samples.petsIn(folder.resolve("pets"));
    Path archive = Samples.zipped(pets, folder.resolve("pets.zip"), "");
    assertThat(DataSource.read(pets.toString()).train().count()).isEqualTo(4);
    assertThat(DataSource.read(archive.toString()).train().count()).isEqualTo(4);
  }

  @Test
  void cifarHasAPrefix() throws IOException {
    Samples.write(folder, "fine_label_names.txt", "apple".getBytes(StandardCharsets.UTF_8));
    Samples.write(folder, "train.bin", new byte[3074]);
    Samples.write(folder, "test.bin", new byte[2 * 3074]);
    assertThat(DataSource.read("cifar100:" + folder).test().count()).isEqualTo(2);
    assertThatThrownBy(() -> DataSource.read("cifar10:" + folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(folder.resolve("batches.meta.txt").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"biultin", "", "no/such/folder", "nul\0"})
  void rejectsWhatNothingIsCalled(String name) {
    assertThatThrownBy(() -> DataSource.read(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            read images: no data set, folder or archive is called "%s".
              known  builtin, textures, cifar10:PATH, cifar100:PATH, a folder, a ZIP or tar archive
              from   %s
            Maybe the name is misspelt, or the path starts from another folder.""",
            name, Path.of("").toAbsolutePath());
  }
}
