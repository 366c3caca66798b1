/** Public barrel of "fovea/constraints": every class here is found by its name. */
export { Constraint } from "./constraint.ts";
export { NonNeg } from "./non-neg.ts";
export {
  MaxNorm,
  type MaxNormOptions,
  MinMaxNorm,
  type MinMaxNormOptions,
  UnitNorm,
  type UnitNormOptions,
} from "./norms.ts";
