package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.tensorflow.BestFitAllocator.Chunk;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Where arrays are placed, by hand, and what holds of any sequence of them. */
final class BestFitAllocatorTest {
  private static final long MB = 1 << 20;

  private final BestFitAllocator allocator = new BestFitAllocator();

  private Chunk[] placed(int... megabytes) {
    Chunk[] chunks = new Chunk[megabytes.length];
    for (int i = 0; i < megabytes.length; i++) {
      chunks[i] = allocator.allocate(megabytes[i] * MB);
    }
    return chunks;
  }

  @Example
  void oneAfterAnother() {
    Chunk[] chunks = placed(3, 5);
    assertThat(chunks[0]).isEqualTo(new Chunk(0, 3 * MB));
    assertThat(chunks[1]).isEqualTo(new Chunk(3 * MB, 5 * MB));
    assertThat(allocator.touched()).isEqualTo(8 * MB);
  }

  @Example
  void inTheSmallestChunkThatIsLargeEnough() {
    Chunk[] chunks = placed(8, 1, 4, 1, 6, 1);
    allocator.free(chunks[0]);
    allocator.free(chunks[2]);
    allocator.free(chunks[4]);
    assertThat(allocator.allocate(5 * MB).start()).isEqualTo(14 * MB);
    assertThat(allocator.allocate(4 * MB).start()).isEqualTo(9 * MB);
    assertThat(allocator.allocate(9 * MB).start()).isEqualTo(21 * MB);
  }

  @Example
  void ofEqualChunksInTheFirst() {
    Chunk[] chunks = placed(4, 1, 4, 1);
    allocator.free(chunks[2]);
    allocator.free(chunks[0]);
    assertThat(allocator.allocate(4 * MB).start()).isZero();
  }

  /** Of 8 MB, 5 leave 3, less than they are; 4 leave as many as they are. */
  @Example
  void aRestThatIsSmallerThanTheArrayLiesIdle() {
    Chunk[] chunks = placed(8, 1);
    allocator.free(chunks[0]);
    Chunk whole = allocator.allocate(5 * MB);
    assertThat(whole).isEqualTo(new Chunk(0, 8 * MB));
    assertThat(allocator.allocate(3 * MB).start()).isEqualTo(9 * MB);
    allocator.free(whole);
    assertThat(allocator.allocate(4 * MB)).isEqualTo(new Chunk(0, 4 * MB));
    assertThat(allocator.allocate(4 * MB).start()).isEqualTo(4 * MB);
  }

  @Example
  void aLargeRestDoesNot() {
    Chunk[] chunks = placed(300, 1);
    allocator.free(chunks[0]);
    assertThat(allocator.allocate(170 * MB).bytes()).isEqualTo(170 * MB);
  }

  @Example
  void freeNeighborsAreOneChunk() {
    Chunk[] chunks = placed(2, 3, 4, 1);
    allocator.free(chunks[0]);
    allocator.free(chunks[2]);
    allocator.free(chunks[1]);
    assertThat(allocator.allocate(9 * MB).start()).isZero();
    assertThat(allocator.touched()).isEqualTo(10 * MB);
  }

  @Example
  void smallArraysAreCountedAsTheyAre() {
    Chunk first = allocator.allocate(1000);
    allocator.free(first);
    allocator.allocate(1500);
    allocator.allocate(700);
    assertThat(allocator.touched()).isEqualTo(2200);
    placed(1);
    assertThat(allocator.touched()).isEqualTo(2200 + MB);
  }

  @Example
  void aCopyGoesItsOwnWay() {
    placed(2);
    BestFitAllocator copy = allocator.copy();
    copy.allocate(5 * MB);
    assertThat(allocator.touched()).isEqualTo(2 * MB);
    assertThat(copy.touched()).isEqualTo(7 * MB);
    assertThat(allocator.allocate(MB).start()).isEqualTo(2 * MB);
  }

  /** Positive numbers are arrays in units of 256 KB, others free the oldest that is there. */
  @Property(tries = 200)
  void arraysNeverOverlapAndNothingIsLost(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = -20, max = 40) Integer> sequence) {
    BestFitAllocator any = new BestFitAllocator();
    List<Chunk> there = new ArrayList<>();
    long most = 0;
    for (int each : sequence) {
      if (each > 0) {
        Chunk chunk = any.allocate(each * BestFitAllocator.SMALL);
        assertThat(there)
            .noneMatch(other -> other.start() < chunk.end() && chunk.start() < other.end());
        there.add(chunk);
        most = Math.max(most, chunk.start() + each * BestFitAllocator.SMALL);
      } else if (!there.isEmpty()) {
        any.free(there.remove(0));
      }
    }
    assertThat(any.touched()).isEqualTo(most);
    there.forEach(any::free);
    assertThat(any.allocate(Integer.MAX_VALUE).start()).isZero();
  }
}
