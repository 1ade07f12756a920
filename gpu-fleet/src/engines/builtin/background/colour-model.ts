/** Gaussian mixtures over pixel features (L, a, b, sharpness): how likely a pixel is under "subject" or "background". */

const COMPONENT_ROUNDS = 8;
/** From this round on, samples go to the component that explains them best rather than to the nearest mean. */
const SOFT_FROM = 4;

export class ColourModel {
  private readonly parts: Gaussian[] = [];

  /**
   * k-means, then likelihood rounds; deterministic.
   * @param samples `size` floats each. @param components wanted; empty ones are dropped. @param floor variance added to each feature.
   */
  constructor(samples: Float32Array, size: number, components: number, floor: number) {
    const count = samples.length / size;
    const owner = new Uint8Array(count);
    let means = farthestMeans(samples, size, components);
    for (let round = 0; round < COMPONENT_ROUNDS; round++) {
      for (let i = 0; i < count; i++) owner[i] = round < SOFT_FROM ? nearest(samples, i * size, size, means) : this.best(samples, i * size);
      const members = means.map((_, k) => membersOf(owner, k));
      this.parts.length = 0;
      members.forEach((n, k) => n > size && this.parts.push(new Gaussian(samples, size, owner, k, n, floor, Math.log(n / count))));
      if (this.parts.length === 0) this.parts.push(new Gaussian(samples, size, owner.fill(0), 0, count, floor, 0));
      means = this.parts.map((part) => part.mean);
    }
  }

  /** Of the component that explains the features best, as GrabCut counts it. */
  logLikelihood(features: Float32Array, at: number): number {
    let most = -Infinity;
    for (const part of this.parts) most = Math.max(most, part.log(features, at));
    return most;
  }

  private best(samples: Float32Array, at: number): number {
    let best = 0,
      most = -Infinity;
    for (let k = 0; k < this.parts.length; k++) {
      const value = this.parts[k]!.log(samples, at);
      if (value > most) [best, most] = [k, value];
    }
    return best;
  }
}

/** One full-covariance Gaussian, kept as the Cholesky factor of its covariance. */
class Gaussian {
  readonly mean: Float64Array;
  private readonly factor: Float64Array;
  private readonly base: number;
  private readonly scratch: Float64Array;

  constructor(
    samples: Float32Array,
    private readonly size: number,
    owner: Uint8Array,
    own: number,
    count: number,
    floor: number,
    logShare: number,
  ) {
    this.mean = new Float64Array(size);
    this.scratch = new Float64Array(size);
    for (let i = 0; i < owner.length; i++) if (owner[i] === own) for (let d = 0; d < size; d++) this.mean[d]! += samples[i * size + d]! / count;
    const covariance = new Float64Array(size * size);
    for (let i = 0; i < owner.length; i++) {
      if (owner[i] !== own) continue;
      for (let a = 0; a < size; a++)
        for (let b = 0; b <= a; b++) covariance[a * size + b]! += ((samples[i * size + a]! - this.mean[a]!) * (samples[i * size + b]! - this.mean[b]!)) / count;
    }
    for (let a = 0; a < size; a++) covariance[a * size + a]! += floor;
    this.factor = choleskyOf(covariance, size);
    let logDeterminant = 0;
    for (let a = 0; a < size; a++) logDeterminant += Math.log(this.factor[a * size + a]!);
    this.base = logShare - logDeterminant - (size / 2) * Math.log(2 * Math.PI);
  }

  log(features: Float32Array, at: number): number {
    const { size, factor, mean, scratch } = this;
    let square = 0;
    for (let a = 0; a < size; a++) {
      let value = features[at + a]! - mean[a]!;
      for (let b = 0; b < a; b++) value -= factor[a * size + b]! * scratch[b]!;
      scratch[a] = value /= factor[a * size + a]!;
      square += value * value;
    }
    return this.base - square / 2;
  }
}

/** Lower triangle L with L·Lᵀ = matrix (whose lower triangle is given). */
function choleskyOf(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = matrix[a * size + b]!;
      for (let k = 0; k < b; k++) sum -= factor[a * size + k]! * factor[b * size + k]!;
      factor[a * size + b] = a === b ? Math.sqrt(Math.max(sum, 1e-6)) : sum / factor[b * size + b]!;
    }
  }
  return factor;
}

/** Starting means that lie apart: each next one is drawn, at a fixed quantile, in proportion to its squared distance from those before. */
function farthestMeans(samples: Float32Array, size: number, wanted: number): Float64Array[] {
  const count = samples.length / size;
  const first = new Float64Array(size);
  for (let i = 0; i < samples.length; i++) first[i % size]! += samples[i]! / count;
  const means = [first];
  const distance = new Float64Array(count).fill(Infinity);
  while (means.length < wanted) {
    const last = means.at(-1)!;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += distance[i] = Math.min(distance[i]!, squareDistance(samples, i * size, size, last));
    let rest = sum * ((0.37 + 0.61 * (means.length - 1)) % 1);
    let pick = 0;
    while (pick < count - 1 && rest > distance[pick]!) rest -= distance[pick++]!;
    means.push(Float64Array.from(samples.subarray(pick * size, pick * size + size)));
  }
  return means;
}

function nearest(samples: Float32Array, at: number, size: number, means: Float64Array[]): number {
  let best = 0,
    least = Infinity;
  for (let k = 0; k < means.length; k++) {
    const distance = squareDistance(samples, at, size, means[k]!);
    if (distance < least) [best, least] = [k, distance];
  }
  return best;
}

function squareDistance(samples: Float32Array, at: number, size: number, mean: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < size; d++) sum += (samples[at + d]! - mean[d]!) ** 2;
  return sum;
}

function membersOf(owner: Uint8Array, own: number): number {
  let n = 0;
  for (const o of owner) if (o === own) n++;
  return n;
}
