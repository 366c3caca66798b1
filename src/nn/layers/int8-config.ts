/** How Keras's int8 mode treats a layer: its weights are whole numbers, and its inputs are rounded to such, or not. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, add, clip, div, mul, round } from "../../ops/elementwise.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { type Kind, value } from "../option-kinds.ts";
import { describeObject, isObjectConfig, type ObjectConfig } from "../options.ts";

export interface Int8Config {
  /** Whether each row of the inputs is rounded to 255 levels, as Keras's default is; else the weights alone are. */
  readonly activations: boolean;
}

const absMax = { valueRange: [-127, 127], epsilon: 1e-7, outputDtype: "int8" };

/** K: `quantizers/quantization_config.py` (Int8QuantizationConfig), `quantizers.py` (AbsMaxQuantizer). */
export function describeInt8Config({ activations }: Int8Config): ObjectConfig {
  const quantizer = activations ? describeObject("keras.quantizers", "AbsMaxQuantizer", { ...absMax }) : null;
  const config = { weightQuantizer: null, activationQuantizer: quantizer };
  return describeObject("keras.quantizers", "Int8QuantizationConfig", config);
}

/** The option of the layers that Keras quantizes: null, { activations }, or Keras's config of int8. */
export function int8Config(): Kind<Int8Config | null, null> {
  const write = (kept: Int8Config | null) => (kept === null ? null : describeInt8Config(kept));
  return value<Int8Config | null, null>(readInt8Config, { default: null, write });
}

function readInt8Config(given: unknown, owner: string, name: string): Int8Config | null {
  if (given === null) return null;
  if (!isObjectConfig(given)) {
    const { activations } = given as Partial<Int8Config>;
    if (typeof activations === "boolean") return { activations };
    throw new ArgumentError(
      `${owner}: ${name} is ${formatValue(given)}, expected null or { activations: true | false }.`,
    );
  }
  const { className, config } = given;
  const { weightQuantizer, activationQuantizer } = config;
  if (className !== "Int8QuantizationConfig" || !isAbsMax(weightQuantizer) || !isAbsMax(activationQuantizer))
    throw new ArgumentError(
      `${owner}: ${name} ${formatValue(given)} is not supported; only Int8QuantizationConfig with quantizers of -127 to 127, or without.`,
    );
  return { activations: activationQuantizer !== null };
}

function isAbsMax(given: unknown): boolean {
  if (given === null) return true;
  if (!isObjectConfig(given) || given.className !== "AbsMaxQuantizer") return false;
  const { valueRange, epsilon } = given.config;
  return JSON.stringify(valueRange) === JSON.stringify(absMax.valueRange) && epsilon === absMax.epsilon;
}

/**
 * x rounded to whole numbers of −127 … 127 over a scale of its own for each place of the other axes: what Keras's int8 products
 * compute with, up to the rounding of float32.
 */
export function roundToInt8(x: Sym, axes: readonly number[]): Sym {
  const scale = div(absMax.valueRange[1]!, add(reduceMax(abs(x), axes, true), absMax.epsilon));
  return div(clip(round(mul(x, scale)), absMax.valueRange[0]!, absMax.valueRange[1]!), scale);
}
