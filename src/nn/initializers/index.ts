/**
 * Public barrel of "fovea/initializers": every class here is found by its name.
 *
 * @example
 * ```ts
 * import { HeNormal } from "fovea/initializers";
 * import { Conv2D } from "fovea/layers";
 * new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", kernelInitializer: new HeNormal({ seed: 7 }) });
 * new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", kernelInitializer: "he_normal" });
 * ```
 */
export { Constant, type ConstantOptions, Identity, type IdentityOptions, Ones, Zeros } from "./fixed.ts";
export { Initializer, type SeedOptions } from "./initializer.ts";
export {
  type NormalOptions,
  Orthogonal,
  type OrthogonalOptions,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  type UniformOptions,
} from "./random.ts";
export { STFT, type STFTOptions } from "./stft.ts";
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
} from "./variance-scaling.ts";
