/** Random initializers of a fixed scale. K: `initializers/random_initializers.py`. */
import { ShapeError } from "../../base/errors.ts";
import type { Key } from "../../base/random.ts";
import { formatShape, type Shape, sizeOf } from "../../base/shape.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { fill, Initializer, seed, streamOf, truncatedNormal } from "./initializer.ts";

const normalOptions = {
  /** Default 0. */
  mean: /* @__PURE__ */ number({ default: 0 }),
  /** Default 0.05. */
  stddev: /* @__PURE__ */ number({ default: 0.05 }),
  /** A seed of its own. Default null: by `setSeed`. */
  seed: /* @__PURE__ */ seed(),
};

export type NormalOptions = GivenOptions<typeof normalOptions>;

/** Normal distribution. */
export class RandomNormal extends Initializer<OptionsOf<typeof normalOptions>> {
  static override readonly className = "RandomNormal";
  static override readonly options = normalOptions;

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    const { mean, stddev, seed } = this.options;
    const stream = streamOf(seed, key);
    return fill(shape, () => mean + stddev * stream.normal());
  }
}

/** Normal distribution cut at two standard deviations; what remains has 0.88 · stddev, as in Keras. */
export class TruncatedNormal extends Initializer<OptionsOf<typeof normalOptions>> {
  static override readonly className = "TruncatedNormal";
  static override readonly options = normalOptions;

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    const { mean, stddev, seed } = this.options;
    const stream = streamOf(seed, key);
    return fill(shape, () => mean + stddev * truncatedNormal(stream));
  }
}

const uniformOptions = {
  /** Default -0.05. */
  minval: /* @__PURE__ */ number({ default: -0.05 }),
  /** Default 0.05. */
  maxval: /* @__PURE__ */ number({ default: 0.05 }),
  /** A seed of its own. Default null: by `setSeed`. */
  seed: /* @__PURE__ */ seed(),
};

export type UniformOptions = GivenOptions<typeof uniformOptions>;

/** Uniform on [minval, maxval). */
export class RandomUniform extends Initializer<OptionsOf<typeof uniformOptions>> {
  static override readonly className = "RandomUniform";
  static override readonly options = uniformOptions;

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    const { minval, maxval, seed } = this.options;
    const stream = streamOf(seed, key);
    return fill(shape, () => minval + (maxval - minval) * stream.uniform());
  }
}

const orthogonalOptions = {
  /** Factor on the whole matrix. Default 1. */
  gain: /* @__PURE__ */ number({ default: 1 }),
  /** A seed of its own. Default null: by `setSeed`. */
  seed: /* @__PURE__ */ seed(),
};

export type OrthogonalOptions = GivenOptions<typeof orthogonalOptions>;

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer (Saxe, McClelland & Ganguli 2013). Axes before the last
 * count as rows: a convolution's kernel [3, 3, 16, 32] is a matrix [144, 32].
 */
export class Orthogonal extends Initializer<OptionsOf<typeof orthogonalOptions>> {
  static override readonly className = "Orthogonal";
  static override readonly options = orthogonalOptions;

  /** @throws ShapeError for fewer than two axes */
  override initialize(shape: Shape, key: Key): Float32Array {
    if (shape.length < 2)
      throw new ShapeError(`Orthogonal needs a shape of 2 or more axes, got ${formatShape(shape)}.`);
    const { gain, seed } = this.options;
    const stream = streamOf(seed, key);
    const columns = shape.at(-1)!;
    const rows = sizeOf(shape) / columns;
    const vectors = orthonormalize(
      Array.from({ length: Math.min(rows, columns) }, () =>
        Float64Array.from({ length: Math.max(rows, columns) }, () => stream.normal()),
      ),
    );
    return fill(shape, (i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return gain * (rows < columns ? vectors[row]![column]! : vectors[column]![row]!);
    });
  }
}

/**
 * Modified Gram-Schmidt, in place. It leaves what a QR factorisation leaves when the signs are set so that the diagonal of R is
 * positive, which is how Keras draws without favouring a direction (Mezzadri 2007).
 */
function orthonormalize(vectors: readonly Float64Array[]): readonly Float64Array[] {
  vectors.forEach((vector, i) => {
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    for (let k = 0; k < vector.length; k++) vector[k]! /= norm;
    for (const later of vectors.slice(i + 1)) {
      let along = 0;
      for (let k = 0; k < vector.length; k++) along += vector[k]! * later[k]!;
      for (let k = 0; k < vector.length; k++) later[k]! -= along * vector[k]!;
    }
  });
  return vectors;
}
