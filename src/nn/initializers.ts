/**
 * Public barrel of "fovea/initializers", and the registry of initializers.
 *
 * @example
 * ```ts
 * import { HeNormal } from "fovea/initializers";
 * import { Conv2D } from "fovea/layers";
 * new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", kernelInitializer: new HeNormal({ seed: 7 }) });
 * new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", kernelInitializer: "he_normal" });
 * ```
 */
import { unknownName } from "../base/errors.ts";
import { Constant, Identity, Ones, Zeros } from "./initializers/fixed.ts";
import { Initializer } from "./initializers/initializer.ts";
import { Orthogonal, RandomNormal, RandomUniform, TruncatedNormal } from "./initializers/random.ts";
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  VarianceScaling,
} from "./initializers/variance-scaling.ts";
import type { ObjectConfig } from "./options.ts";
import { snakeCaseName } from "./process-state.ts";

export { Constant, type ConstantOptions, Identity, type IdentityOptions, Ones, Zeros } from "./initializers/fixed.ts";
export { Initializer, type SeedOptions } from "./initializers/initializer.ts";
export {
  type NormalOptions,
  Orthogonal,
  type OrthogonalOptions,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  type UniformOptions,
} from "./initializers/random.ts";
export {
  type Distribution,
  type FanMode,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  VarianceScaling,
  type VarianceScalingOptions,
} from "./initializers/variance-scaling.ts";

/** An initializer, or its name in either spelling: "GlorotUniform", "glorot_uniform". */
export type InitializerLike = Initializer | string;

const classes = {
  Zeros,
  Ones,
  Constant,
  Identity,
  RandomNormal,
  TruncatedNormal,
  RandomUniform,
  Orthogonal,
  VarianceScaling,
  GlorotUniform,
  GlorotNormal,
  HeUniform,
  HeNormal,
  LecunUniform,
  LecunNormal,
} as const;

type ClassName = keyof typeof classes;

/** Keras's other names for some of them. */
const aliases = {
  zero: "Zeros",
  one: "Ones",
  normal: "RandomNormal",
  uniform: "RandomUniform",
  IdentityInitializer: "Identity",
  OrthogonalInitializer: "Orthogonal",
} as const satisfies Readonly<Record<string, ClassName>>;

/** The initializer itself, or a fresh one of this name; throws with the nearest known name. */
export function resolveInitializer(initializer: InitializerLike): Initializer {
  if (initializer instanceof Initializer) return initializer as Initializer;
  const names = Object.keys(classes) as ClassName[];
  const found =
    names.find((name) => name === initializer || snakeCaseName(name) === initializer) ??
    (Object.hasOwn(aliases, initializer) ? aliases[initializer as keyof typeof aliases] : undefined);
  if (found === undefined)
    throw unknownName("initializer", initializer, [...names.map(snakeCaseName), ...Object.keys(aliases)]);
  return new classes[found]();
}

/** Class and config of an initializer, as the configs of layers hold them. */
export function describeInitializer(initializer: InitializerLike): ObjectConfig {
  return resolveInitializer(initializer).describe();
}
