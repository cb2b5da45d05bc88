package io.github.bilevel4j.examples.ssl;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/**
 * The losses of the published methods written out in elementary operations, of rows of embeddings,
 * in the notation of the papers: what programs are compared with.
 */
public final class MethodFormulas {
  private MethodFormulas() {}

  /**
   * Both parts of a loss.
   *
   * @param constraint null if it is an operation
   * @param differentiated what training differentiates, of the same value as the loss or, with a
   *     term for a parameter of its own, another
   */
  public record Parts(Expr alignment, Expr constraint, Expr differentiated) {
    static Parts of(Expr alignment) {
      return new Parts(alignment, null, alignment);
    }

    static Parts of(Expr alignment, Expr constraint) {
      return new Parts(alignment, constraint, alignment.plus(constraint));
    }

    Expr total() {
      return constraint == null ? alignment : alignment.plus(constraint);
    }
  }

  /** Rows of length one. */
  public static Expr unitRows(Expr z) {
    return z.dividedBy(z.squared().sumKeeping(-1).sqrt());
  }

  private static Expr cosines(Expr a, Expr b) {
    return unitRows(a).times(unitRows(b)).sum(-1);
  }

  private static Expr allCosines(Expr a, Expr b) {
    return unitRows(a).matmul(unitRows(b).transposed());
  }

  private static Expr logPartition(Expr logits) {
    return logits.exp().sum(-1).log();
  }

  private static Expr logSoftmax(Expr logits) {
    return logits.minus(logits.exp().sumKeeping(-1).log());
  }

  private static Expr softmax(Expr logits) {
    return logits.exp().dividedBy(logits.exp().sumKeeping(-1));
  }

  private static Expr apart(Expr square) {
    return square.times(Expr.identity(square.shape().dim(0)).negated().plus(1));
  }

  private static Expr mean(List<Expr> numbers) {
    return numbers.stream().reduce(Expr::plus).orElseThrow().dividedBy(numbers.size());
  }

  /** SimCLR: {@code mean of -s(i, i+) + log of the sum over k other than i of exp s(i, k)}. */
  public static Parts ntXent(Expr z1, Expr z2, double tau) {
    Expr z = Expr.concat(0, z1, z2);
    Expr others = apart(allCosines(z, z).dividedBy(tau).exp());
    return Parts.of(cosines(z1, z2).mean().dividedBy(-tau), others.sum(-1).log().mean());
  }

  /** SimCLR's loss of each image, the mean of its two anchors. */
  public static Expr ntXentOfImages(Expr z1, Expr z2, double tau) {
    Expr z = Expr.concat(0, z1, z2);
    Expr partition = apart(allCosines(z, z).dividedBy(tau).exp()).sum(-1).log();
    int n = z1.shape().dim(0);
    return partition
        .slice(0, 0, n)
        .plus(partition.slice(0, n, 2 * n))
        .dividedBy(2)
        .minus(cosines(z1, z2).dividedBy(tau));
  }

  /** LMCL: SimCLR, and the mean over pairs of {@code (D - near)(far - D)} between near and far. */
  static Parts lmcl(Expr z1, Expr z2, double tau, double near, double far, double lambda) {
    Parts simClr = ntXent(z1, z2, tau);
    Expr z = Expr.concat(0, z1, z2);
    int samples = z.shape().dim(0);
    Expr d = allCosines(z, z).negated().plus(1).dividedBy(2);
    Expr inside = apart(d.minus(near).times(d.negated().plus(far)).relu());
    Expr polarization = inside.sum().dividedBy(samples * (samples - 1.0));
    return Parts.of(simClr.alignment, simClr.constraint.plus(polarization.times(lambda)));
  }

  /** MoCo: the key of the same image against those of a queue. */
  static Parts infoNce(Expr q, Expr k, Expr queue, double tau) {
    Expr positive = cosines(q, k.detached()).dividedBy(tau);
    Expr negatives = unitRows(q).matmul(queue.transposed()).dividedBy(tau);
    Expr partition = positive.exp().plus(negatives.exp().sum(-1)).log();
    return Parts.of(positive.mean().negated(), partition.mean());
  }

  /** Half of each. */
  static Parts half(Parts a, Parts b) {
    return Parts.of(
        a.alignment.plus(b.alignment).dividedBy(2), a.constraint.plus(b.constraint).dividedBy(2));
  }

  /** SimSiam: {@code -(mean cos(p1, z2) + mean cos(p2, z1)) / 2}. */
  static Parts simSiam(List<Expr> p, List<Expr> z) {
    Expr first = cosines(p.get(0), z.get(1).detached()).mean();
    Expr second = cosines(p.get(1), z.get(0).detached()).mean();
    return Parts.of(first.plus(second).dividedBy(-2));
  }

  /** BYOL: squared distances of unit rows in both directions, summed. */
  public static Parts byol(List<Expr> p, List<Expr> targets) {
    BinaryOperator<Expr> distance =
        (a, b) -> unitRows(a).minus(unitRows(b)).squared().sum(-1).mean();
    return Parts.of(
        distance
            .apply(p.get(0), targets.get(1).detached())
            .plus(distance.apply(p.get(1), targets.get(0).detached())));
  }

  /** SwAV: the assignments of the first two views, predicted from all other views. */
  static Parts swav(List<Expr> z, Expr prototypes, List<Expr> queues, double tau, double epsilon) {
    List<Expr> terms = new ArrayList<>();
    for (int v = 0; v < 2; v++) {
      Expr rows = queues.isEmpty() ? z.get(v) : Expr.concat(0, z.get(v), queues.get(v));
      int n = z.get(v).shape().dim(0);
      Expr q = sinkhorn(allCosines(rows, prototypes).detached(), epsilon, 3).slice(0, 0, n);
      for (int w = 0; w < z.size(); w++) {
        if (w != v) {
          Expr logP = logSoftmax(allCosines(z.get(w), prototypes).dividedBy(tau));
          terms.add(q.times(logP).sum(-1).mean().negated());
        }
      }
    }
    return Parts.of(mean(terms));
  }

  private static Expr sinkhorn(Expr scores, double epsilon, int iterations) {
    Expr q = scores.dividedBy(epsilon).exp();
    for (int i = 0; i < iterations; i++) {
      q = q.dividedBy(q.sumKeeping(0));
      q = q.dividedBy(q.sumKeeping(1));
    }
    return q;
  }

  /** Barlow Twins: {@code scale (sum (C_ii - 1)^2 + lambda sum of C_ij^2)}, biased variances. */
  static Parts barlowTwins(Expr z1, Expr z2, double lambda, double scale) {
    int d = z1.shape().dim(1);
    Expr c = standardized(z1).transposed().matmul(standardized(z2)).dividedBy(z1.shape().dim(0));
    Expr diagonal = c.minus(1).squared().times(Expr.identity(d)).sum();
    return Parts.of(diagonal.times(scale), apart(c.squared()).sum().times(scale * lambda));
  }

  private static Expr standardized(Expr z) {
    Expr centered = z.minus(z.meanKeeping(0));
    return centered.dividedBy(centered.squared().meanKeeping(0).plus(1e-5).sqrt());
  }

  /** VICReg as in its paper: variance and covariance of both views, summed. */
  static Parts vicReg(Expr z1, Expr z2, double invariance, double variance, double covariance) {
    return Parts.of(
        z1.minus(z2).squared().mean().times(invariance),
        hinge(z1)
            .plus(hinge(z2))
            .times(variance)
            .plus(redundancy(z1).plus(redundancy(z2)).times(covariance)));
  }

  private static Expr covariance(Expr z) {
    Expr centered = z.minus(z.meanKeeping(0));
    return centered.transposed().matmul(centered).dividedBy(z.shape().dim(0) - 1.0);
  }

  private static Expr hinge(Expr z) {
    Expr deviation = covariance(z).diagonal().plus(1e-4).sqrt();
    return deviation.negated().plus(1).relu().mean();
  }

  private static Expr redundancy(Expr z) {
    return apart(covariance(z).squared()).sum().dividedBy(z.shape().dim(1));
  }

  /** W-MSE of one sub-batch: {@code 2 - 2 cos} of whitened rows, mean over pairs of views. */
  static Parts wMse(List<Expr> z) {
    List<Expr> whitened =
        z.stream()
            .map(
                rows ->
                    covariance(rows)
                        .cholesky()
                        .triangularSolve(rows.minus(rows.meanKeeping(0)).transposed())
                        .transposed())
            .toList();
    List<Expr> terms = new ArrayList<>();
    for (int v = 0; v < z.size(); v++) {
      for (int w = v + 1; w < z.size(); w++) {
        terms.add(cosines(whitened.get(v), whitened.get(w)).mean().times(-2).plus(2));
      }
    }
    return Parts.of(mean(terms));
  }

  /** MEC: {@code -1/(2 m lambda) (T(t1, s2) + T(t2, s1))}, T of four orders. */
  static Parts mec(List<Expr> s, List<Expr> t, double inverseLambda) {
    Expr c12 = allCosines(t.get(0).detached(), s.get(1)).dividedBy(inverseLambda);
    Expr c21 = allCosines(t.get(1).detached(), s.get(0)).dividedBy(inverseLambda);
    double weight = -inverseLambda / (2.0 * s.get(0).shape().dim(0));
    return Parts.of(
        c12.trace().plus(c21.trace()).times(weight),
        higherOrders(c12).plus(higherOrders(c21)).times(weight));
  }

  private static Expr higherOrders(Expr c) {
    Expr c2 = c.matmul(c);
    Expr c3 = c2.matmul(c);
    return c2.trace()
        .dividedBy(-2)
        .plus(c3.trace().dividedBy(3))
        .minus(c3.matmul(c).trace().dividedBy(4));
  }

  /** MEC with {@code log |det(I + C)|} in place of T. */
  static Parts mecExact(List<Expr> s, List<Expr> t, double inverseLambda) {
    Parts series = mec(s, t, inverseLambda);
    Expr c12 = allCosines(t.get(0).detached(), s.get(1)).dividedBy(inverseLambda);
    Expr c21 = allCosines(t.get(1).detached(), s.get(0)).dividedBy(inverseLambda);
    double weight = -inverseLambda / (2.0 * s.get(0).shape().dim(0));
    Expr total = logDeterminant(c12).plus(logDeterminant(c21)).times(weight);
    return Parts.of(series.alignment, total.minus(series.alignment));
  }

  private static Expr logDeterminant(Expr c) {
    Expr a = c.plusDiagonal(1);
    return a.matmul(a.transposed()).logDeterminant().dividedBy(2);
  }

  /** A branch's running mean and covariance after the batch, {@code memory} of the old kept. */
  record Moments(Expr mean, Expr covariance) {
    static Moments after(Expr z, Expr mean, Expr covariance, double memory) {
      Expr unit = unitRows(z);
      Expr moved = mean.times(memory).plus(unit.mean(0).times(1 - memory));
      Expr centered = unit.minus(moved.unsqueezed(0));
      Expr second = centered.transposed().matmul(centered).dividedBy(z.shape().dim(0));
      return new Moments(moved, covariance.times(memory).plus(second.times(1 - memory)));
    }
  }

  /** CorInfoMax: {@code alpha MSE - (log det(R1 + epsilon I) + log det(R2 + epsilon I)) / d}. */
  static Parts corInfoMax(
      Expr z1, Expr z2, Moments first, Moments second, double alpha, double epsilon) {
    Expr volumes =
        first
            .covariance
            .plusDiagonal(epsilon)
            .logDeterminant()
            .plus(second.covariance.plusDiagonal(epsilon).logDeterminant());
    return Parts.of(
        unitRows(z1).minus(unitRows(z2)).squared().mean().times(alpha),
        volumes.dividedBy(-z1.shape().dim(1)));
  }

  /** ReSSL: cross-entropy of the relations to the queue, mean over students. */
  static Parts reSsl(List<Expr> students, Expr teacher, Expr queue, double tauS, double tauT) {
    Expr target = softmax(unitRows(teacher).matmul(queue.transposed()).dividedBy(tauT)).detached();
    return Parts.of(
        mean(
            students.stream()
                .map(s -> logSoftmax(unitRows(s).matmul(queue.transposed()).dividedBy(tauS)))
                .map(logP -> target.times(logP).sum(-1).mean().negated())
                .toList()));
  }

  /** ReLIC v2: all views against all targets, and {@code sg[E_p log p] - E_p log q}. */
  static Parts relicV2(List<Expr> o, List<Expr> targets, double tau, double beta) {
    List<Expr> alignments = new ArrayList<>();
    List<Expr> constraints = new ArrayList<>();
    for (Expr online : o) {
      for (Expr given : targets) {
        Expr t = given.detached();
        Expr logits = allCosines(online, t).dividedBy(tau);
        Expr logP = logSoftmax(logits);
        Expr logQ = logSoftmax(logits.transposed());
        Expr negativeEntropy = logP.exp().times(logP).sum(-1).mean().detached();
        Expr divergence = negativeEntropy.minus(logP.exp().times(logQ).sum(-1).mean());
        alignments.add(cosines(online, t).mean().dividedBy(-tau).plus(divergence.times(beta)));
        constraints.add(logPartition(logits).mean());
      }
    }
    return Parts.of(mean(alignments), mean(constraints));
  }

  /** SSL-HSIC of the kernel itself. */
  static Parts sslHsic(List<Expr> p, List<Expr> targets, Expr scale, double gamma) {
    Expr h = samples(p, targets);
    int k = p.size() + targets.size();
    int samples = h.shape().dim(0);
    int n = samples / k;
    Expr kernel = scale.detached().dividedBy(scale.detached().squared().plus(distances(h)).sqrt());
    Expr sameImage = Expr.identity(n).tiled(k).transposed().tiled(k);
    Expr withImages =
        kernel.times(sameImage).sum().dividedBy((double) n * k * (k - 1)).minus(kernel.mean());
    Expr centering = Expr.identity(samples).minus(1.0 / samples);
    Expr kh = kernel.matmul(centering);
    Expr withSelf = kh.matmul(kh).trace().dividedBy((double) samples * samples);
    return withScale(withImages, withSelf, h, scale, gamma);
  }

  /** SSL-HSIC of random features. */
  static Parts sslHsicOfFeatures(
      List<Expr> p,
      List<Expr> targets,
      Expr scale,
      double gamma,
      RandomFeatures first,
      RandomFeatures second) {
    Expr h = samples(p, targets);
    int k = p.size() + targets.size();
    int samples = h.shape().dim(0);
    int n = samples / k;
    Expr phi1 = randomFeatures(h, scale, first);
    Expr phi2 = randomFeatures(h, scale, second);
    Expr ofImages =
        IntStream.range(0, k)
            .mapToObj(i -> phi1.slice(0, i * n, (i + 1) * n))
            .reduce(Expr::plus)
            .orElseThrow();
    Expr withImages =
        ofImages
            .squared()
            .sum()
            .dividedBy((double) n * k * (k - 1))
            .minus(phi1.sum(0).squared().sum().dividedBy((double) samples * samples));
    Expr withSelf =
        phi1.minus(phi1.meanKeeping(0))
            .transposed()
            .matmul(phi2.minus(phi2.meanKeeping(0)))
            .squared()
            .sum()
            .dividedBy((double) samples * samples);
    return withScale(withImages, withSelf, h, scale, gamma);
  }

  private static Expr samples(List<Expr> p, List<Expr> targets) {
    return Expr.concat(
        0,
        unitRows(p.get(0)),
        unitRows(p.get(1)),
        unitRows(targets.get(1)).detached(),
        unitRows(targets.get(0)).detached());
  }

  private static Expr distances(Expr h) {
    return h.matmul(h.transposed()).times(-2).plus(2).relu();
  }

  private static Expr randomFeatures(Expr h, Expr scale, RandomFeatures draw) {
    Expr angles = h.dividedBy(scale.detached()).matmul(draw.frequencies().transposed());
    int count = draw.phases().shape().dim(0);
    return angles.plus(draw.phases().unsqueezed(0)).cos().times(Math.sqrt(2.0 / count));
  }

  /** The scale has a loss of its own, which is not reported. */
  private static Parts withScale(
      Expr withImages, Expr withSelf, Expr samples, Expr scale, double gamma) {
    Parts parts = Parts.of(withImages.negated(), withSelf.sqrt().times(gamma));
    // The kernel in the squared distance D has the slope -c / (2 (c^2 + D)^(3/2)).
    Expr slope =
        scale.dividedBy(2).dividedBy(scale.squared().plus(distances(samples.detached())).pow(1.5));
    Expr ofScale = slope.squared().maximum(1e-14).log().mean().dividedBy(-2);
    return new Parts(parts.alignment, parts.constraint, parts.differentiated.plus(ofScale));
  }
}
