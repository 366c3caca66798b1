/** Policies of precision, by Keras's names. K: `dtype_policies/dtype_policy.py`. */
import { unknownName } from "../base/errors.ts";
import type { Precision } from "../ir/precision.ts";
import { isObjectConfig } from "./options.ts";
import { keepDtypePolicy } from "./process-state.ts";

const dtypePolicies = ["float32", "mixed_float16", "mixed_bfloat16", "float16", "bfloat16"] as const;

/** In which types layers keep and compute their numbers. */
export type DTypePolicy = (typeof dtypePolicies)[number];

/** The policy of a name, or of Keras's object in a config. @param owner names it in messages */
export function readDtypePolicy(given: unknown, owner: string): DTypePolicy {
  const name = isObjectConfig(given) ? given.config.name : given;
  const found = dtypePolicies.find((each) => each === name);
  if (found === undefined) throw unknownName(`dtype of ${owner}`, given, dtypePolicies);
  return found;
}

/** The precision that layers of a policy compute in. Variables are float32 under each; WebGPU has no bfloat16. */
export function precisionOf(policy: unknown): Precision {
  return policy === "mixed_float16" || policy === "float16" ? "float16" : "float32";
}

/**
 * Sets the dtype policy of the layers that are made from now on, as `keras.config.set_dtype_policy` does. Every policy is accepted
 * and written to files, so that Keras goes on with it. Under "mixed_float16" a GPU that has 16-bit floats ("shader-f16") stores
 * what layers compute, and the weights as layers read them, in two bytes each; sums, losses, variables and their gradients are
 * float32. Elsewhere, and under "mixed_bfloat16", everything is float32, and `fit` says so once.
 *
 * @param policy "float32", "mixed_float16", "mixed_bfloat16", "float16" or "bfloat16"
 * @throws ArgumentError for anything else
 * @example
 * ```ts
 * import { dtypePolicy, setDtypePolicy } from "fovea";
 * setDtypePolicy("mixed_float16");
 * dtypePolicy(); // "mixed_float16"
 * setDtypePolicy("float32");
 * ```
 */
export function setDtypePolicy(policy: DTypePolicy): void {
  keepDtypePolicy(readDtypePolicy(policy, "setDtypePolicy"));
}
