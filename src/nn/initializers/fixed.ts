/** Initializers without chance. K: `initializers/constant_initializers.py`. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape, type Shape } from "../../base/shape.ts";
import { fill, Initializer } from "./initializer.ts";

/** All zeros. */
export class Zeros extends Initializer {
  constructor(options: object = {}) {
    super("Zeros", options, {});
  }

  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => 0);
  }
}

/** All ones. */
export class Ones extends Initializer {
  constructor(options: object = {}) {
    super("Ones", options, {});
  }

  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => 1);
  }
}

export interface ConstantOptions {
  /** Default 0. */
  readonly value?: number;
}

/** One value everywhere. */
export class Constant extends Initializer<ConstantOptions> {
  constructor(options: ConstantOptions = {}) {
    super("Constant", options, { value: 0 });
  }

  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => this.options.value);
  }
}

export interface IdentityOptions {
  /** Default 1. */
  readonly gain?: number;
}

/** `gain` on the diagonal of a matrix, square or not, and 0 elsewhere. */
export class Identity extends Initializer<IdentityOptions> {
  constructor(options: IdentityOptions = {}) {
    super("Identity", options, { gain: 1 });
  }

  override initialize(shape: Shape): Float32Array {
    if (shape.length !== 2) throw new ShapeError(`Identity makes matrices only, got shape ${formatShape(shape)}.`);
    const columns = shape[1]!;
    return fill(shape, (i) => (Math.floor(i / columns) === i % columns ? this.options.gain : 0));
  }
}
