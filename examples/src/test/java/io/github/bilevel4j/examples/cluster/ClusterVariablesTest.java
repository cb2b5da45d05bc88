package io.github.bilevel4j.examples.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.check.UsageError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterVariablesTest {
  private static final int PORT = 29400;

  private static final ImmutableMap<String, String> SLURM =
      ImmutableMap.of(
          "SLURM_PROCID", "2",
          "SLURM_NTASKS", "5",
          "SLURM_NODELIST", "all[1-9]",
          "SLURM_STEP_NODELIST", "gpu[08-09,12]-ib,login",
          "SLURM_STEP_TASKS_PER_NODE", "2,1(x3)");

  private static Map<String, String> with(Map<String, String> some, String name, String value) {
    return ImmutableMap.<String, String>builder().putAll(some).put(name, value).buildKeepingLast();
  }

  @Test
  void listsOfNodesAreExpandedAsSlurmWritesThem() {
    assertThat(ClusterVariables.hosts("a")).containsExactly("a");
    assertThat(ClusterVariables.hosts("n[1-3,7]")).containsExactly("n1", "n2", "n3", "n7");
    assertThat(ClusterVariables.hosts("n[08-10],m")).containsExactly("n08", "n09", "n10", "m");
    assertThat(ClusterVariables.hosts("r[1-2]n[1,3]x"))
        .containsExactly("r1n1x", "r1n3x", "r2n1x", "r2n3x");
    for (String wrong : List.of("", "n[1-3", "n[a]", "n]", "a,,b", "n[1-]", "n[0-999999999]")) {
      assertThatThrownBy(() -> ClusterVariables.hosts(wrong))
          .as(wrong)
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("Slurm's node list \"" + wrong + "\" cannot be read");
    }
    assertThat(ClusterVariables.tasks("2(x3),1")).containsExactly(2, 2, 2, 1);
    assertThatThrownBy(() -> ClusterVariables.tasks("2(3)")).isInstanceOf(UsageError.class);
  }

  @Test
  void slurmTellsTheRankAndWhereTheOthersAre() {
    Cluster cluster = ClusterVariables.of(SLURM, PORT);
    assertThat(cluster.rank()).isEqualTo(2);
    assertThat(cluster.addresses())
        .containsExactly(
            "gpu08-ib:29400", "gpu08-ib:29401", "gpu09-ib:29400", "gpu12-ib:29400", "login:29400");
    Map<String, String> placed = with(with(SLURM, "SLURM_NODEID", "1"), "SLURM_LOCALID", "0");
    assertThat(ClusterVariables.of(placed, PORT)).isEqualTo(cluster);
    assertThatThrownBy(() -> ClusterVariables.of(with(placed, "SLURM_NODEID", "2"), PORT))
        .hasMessageContaining("not in blocks: node and task on it are 2/0, not 1/0");
  }

  @Test
  void torchrunTellsItForOneMachine() {
    Map<String, String> torchrun =
        ImmutableMap.of(
            "RANK", "1", "WORLD_SIZE", "2", "MASTER_ADDR", "node1", "MASTER_PORT", "29500");
    assertThat(ClusterVariables.of(torchrun, PORT))
        .isEqualTo(Cluster.of(List.of("127.0.0.1:29501", "127.0.0.1:29502"), 1));
    assertThatThrownBy(() -> ClusterVariables.of(with(torchrun, "LOCAL_WORLD_SIZE", "1"), PORT))
        .hasMessageContaining("the address of one of its machines only")
        .hasMessageContaining("--cluster HOST:PORT,HOST:PORT --rank R was meant");
  }

  @Test
  void variablesThatDoNotTellItAreRefused() {
    assertThatThrownBy(() -> ClusterVariables.of(ImmutableMap.of(), PORT))
        .hasMessageContaining("neither torchrun's RANK and WORLD_SIZE nor Slurm's");
    assertThatThrownBy(() -> ClusterVariables.of(with(SLURM, "SLURM_NTASKS", "6"), PORT))
        .hasMessageContaining("of 5 tasks, and are not those of srun");
    assertThatThrownBy(() -> ClusterVariables.of(with(SLURM, "SLURM_PROCID", "5"), PORT))
        .hasMessageContaining("are not those of srun");
    assertThatThrownBy(() -> ClusterVariables.of(with(SLURM, "SLURM_PROCID", "-1"), PORT))
        .hasMessageContaining("SLURM_PROCID is \"-1\", no such number");
  }
}
