/** Policies of precision, by Keras's names. K: `dtype_policies/dtype_policy.py`. */
import { ArgumentError, unknownName } from "../base/errors.ts";
import type { Precision } from "../ir/precision.ts";
import { describeObject, isObjectConfig, type ObjectConfig } from "./options.ts";
import { keepDtypePolicy } from "./process-state.ts";

const dtypePolicies = ["float32", "mixed_float16", "mixed_bfloat16", "float16", "bfloat16"] as const;

/** In which types layers keep and compute their numbers. */
export type DTypePolicy = (typeof dtypePolicies)[number];

/** That of a layer whose weights are int8, and the policy that it had before. K: QuantizedDTypePolicy. */
export type Int8Policy = `int8_from_${DTypePolicy}`;

const INT8 = "int8_from_";

export const isInt8Policy = (policy: unknown): policy is Int8Policy =>
  typeof policy === "string" && policy.startsWith(INT8);

/** The policy without int8. */
export const sourcePolicy = (policy: DTypePolicy | Int8Policy): DTypePolicy =>
  (isInt8Policy(policy) ? policy.slice(INT8.length) : policy) as DTypePolicy;

/** The policy of a layer: one that `readDtypePolicy` knows, or Keras's for int8, by its name or as an object. */
export function readLayerPolicy(given: unknown, owner: string): DTypePolicy | Int8Policy {
  const isQuantized = isObjectConfig(given) && "mode" in given.config;
  const name: unknown = isQuantized ? `${given.config.mode}_from_${given.config.sourceName}` : given;
  if (isInt8Policy(name)) return `${INT8}${readDtypePolicy(name.slice(INT8.length), owner)}`;
  if (typeof name === "string" && name.includes("_from_"))
    throw new ArgumentError(
      `dtype of ${owner} is "${name}"; of Keras's quantized layers those of int8 are read. Quantize the model anew in Keras with "int8".`,
    );
  return readDtypePolicy(given, owner);
}

/** The policy in a config. */
export function describeLayerPolicy(policy: DTypePolicy | Int8Policy): ObjectConfig {
  if (!isInt8Policy(policy)) return describeObject("keras", "DTypePolicy", { name: policy });
  const config = { mode: "int8", sourceName: sourcePolicy(policy) };
  return describeObject("keras.dtype_policies", "QuantizedDTypePolicy", config);
}

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
