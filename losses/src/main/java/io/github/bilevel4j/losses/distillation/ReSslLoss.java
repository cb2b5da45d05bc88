package io.github.bilevel4j.losses.distillation;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.ViewPairs;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import java.util.List;

/**
 * Relational self-supervised learning: the student should relate a strongly augmented view to
 * earlier images as the teacher relates a weakly augmented one. With the keys {@code u_m} of a
 * queue and {@code r(x, t)_i = softmax_m cos(x_i, u_m) / t},
 *
 * <pre>
 * L = -1/n sum_i sum_m r(k, teacher)_im log r(q, student)_im.
 * </pre>
 *
 * <p>The student's {@code q} and the teacher's {@code k} are {@code [n, d]}, the queue is {@code
 * [K, d]}; rows need not be normalized. Teacher and queue are constants. L is alignment alone; the
 * constraint is an operation: the teacher's moving average, the queue, which the teacher's
 * embeddings join after the loss, and the teacher's lower temperature. Where that is not below the
 * student's, training collapses.
 *
 * <p>Source: Zheng, You, Wang, Qian, Zhang, Wang, Xu, "ReSSL: relational self-supervised learning
 * with weak augmentation", 2021.
 *
 * @param studentTemperature the divisor of the student's cosine similarities, positive
 * @param teacherTemperature the divisor of the teacher's cosine similarities, positive
 */
public record ReSslLoss(double studentTemperature, double teacherTemperature) {
  private static final String NAME = "ReSslLoss";

  /**
   * Checks the temperatures.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public ReSslLoss {
    Require.in(NAME).positive("student's temperature", studentTemperature);
    Require.in(NAME).positive("teacher's temperature", teacherTemperature);
  }

  /**
   * The loss at the student's and the teacher's temperature; 0.1 and 0.04 are usual.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public static ReSslLoss temperatures(double student, double teacher) {
    return new ReSslLoss(student, teacher);
  }

  /**
   * The loss L.
   *
   * @throws IllegalArgumentException if student and teacher differ in shape, the queue's rows
   *     differ from them in length, or one is not a matrix
   */
  public Expr of(Expr student, Expr teacher, Expr queue) {
    return of(List.of(student), teacher, queue);
  }

  /**
   * The mean of L over several views of the student.
   *
   * @throws IllegalArgumentException as {@link #of(Expr, Expr, Expr)}, or if there is no view
   */
  public Expr of(List<Expr> students, Expr teacher, Expr queue) {
    return alignment(students, teacher, queue);
  }

  /**
   * The part of L that makes the student agree with the teacher: all of it.
   *
   * @throws IllegalArgumentException as {@link #of(List, Expr, Expr)}
   */
  public Expr alignment(List<Expr> students, Expr teacher, Expr queue) {
    if (students.isEmpty()) {
      throw UsageError.in(NAME)
          .because("needs a view of the student, got none")
          .maybe("the strongly augmented view was forgotten.");
    }
    Expr relations = relations(students, teacher, queue);
    return ViewPairs.all(students.size(), 1)
        .mean(
            (v, teachers) ->
                SoftmaxCrossEntropy.of(
                    CosineSimilarity.ofAllRows(students.get(v), queue.detached())
                        .dividedBy(studentTemperature),
                    relations));
  }

  /**
   * The mean entropy of the teacher's relations in nats, the least that L can be, a scalar.
   *
   * @throws IllegalArgumentException if teacher and queue are not matrices of the same width
   */
  public Expr targetEntropy(Expr teacher, Expr queue) {
    Expr relations = relations(List.of(), teacher, queue);
    return SoftmaxCrossEntropy.of(teacherSimilarities(teacher, queue), relations);
  }

  private Expr relations(List<Expr> students, Expr teacher, Expr queue) {
    Operands.of(NAME)
        .and("student", students)
        .and("teacher", teacher)
        .requireOneShape()
        .and("queue", queue)
        .requireOneWidth();
    return teacherSimilarities(teacher, queue).softmax(-1);
  }

  private Expr teacherSimilarities(Expr teacher, Expr queue) {
    return CosineSimilarity.ofAllRows(teacher.detached(), queue.detached())
        .dividedBy(teacherTemperature);
  }
}
