/** Initializers without chance. K: `initializers/constant_initializers.py`. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape, type Shape } from "../../base/shape.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { fill, Initializer } from "./initializer.ts";

/** All zeros. */
export class Zeros extends Initializer {
  static override readonly className = "Zeros";

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => 0);
  }
}

/** All ones. */
export class Ones extends Initializer {
  static override readonly className = "Ones";

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => 1);
  }
}

const constantOptions = {
  /** Default 0. */
  value: /* @__PURE__ */ number({ default: 0 }),
};

export type ConstantOptions = GivenOptions<typeof constantOptions>;

/** One value everywhere. */
export class Constant extends Initializer<OptionsOf<typeof constantOptions>> {
  static override readonly className = "Constant";
  static override readonly options = constantOptions;

  override get takesAnyShape(): boolean {
    return true;
  }

  override initialize(shape: Shape): Float32Array {
    return fill(shape, () => this.options.value);
  }
}

const identityOptions = {
  /** Default 1. */
  gain: /* @__PURE__ */ number({ default: 1 }),
};

export type IdentityOptions = GivenOptions<typeof identityOptions>;

/** `gain` on the diagonal of a matrix, square or not, and 0 elsewhere. */
export class Identity extends Initializer<OptionsOf<typeof identityOptions>> {
  static override readonly className = "Identity";
  static override readonly options = identityOptions;

  /** @throws ShapeError unless the shape has two axes */
  override initialize(shape: Shape): Float32Array {
    if (shape.length !== 2) throw new ShapeError(`Identity makes matrices only, got shape ${formatShape(shape)}.`);
    const columns = shape[1]!;
    return fill(shape, (i) => (Math.floor(i / columns) === i % columns ? this.options.gain : 0));
  }
}
