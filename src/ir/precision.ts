/**
 * How exactly a float32 value is kept. Values of layers that compute in float16 are stored in two bytes by devices that can
 * (`Traits.float16`); arithmetic is float32's everywhere. The rules are those of NumPy's types with numbers that have none: what
 * is computed from float16 alone is float16, what meets float32 is float32, and numbers of the graph itself follow the others.
 */
import { e } from "./expr.ts";
import type { Spec, Sym } from "./graph.ts";
import { emitOne, type Op } from "./op.ts";

export type Precision = "float16" | "float32";

interface ConvertAttrs {
  readonly precision: Precision;
}

/** The same numbers, rounded to the precision. Its gradient goes back in the input's own precision. */
export const convertOp: Op<ConvertAttrs> = {
  name: "convert",
  infer: ([x]) => [{ ...x!, dtype: "float32" }],
  precision: (_inputs, { precision }) => [precision],
  elementwise: ([x]) => [x ?? e.lift(0)],
  reference: ([x], [y]) => y!.set(x!),
  gradient: ({ inputs, gradients }) => [convert(gradients[0]!, inputs[0]!.precision ?? "float32")],
};

/** The value in this precision: itself, where it has it or holds whole numbers. */
export function convert(x: Sym, precision: Precision): Sym {
  const isHalf = x.precision === "float16";
  if (x.spec.dtype !== "float32" || isHalf === (precision === "float16")) return x;
  return emitOne(convertOp, [x], { precision });
}

/**
 * The precisions of a node's outputs. Sums over rows stay float32: there are few of them, they are many numbers' sums, and
 * optimizers read them.
 */
export function precisionsOf<A extends object>(
  { precision }: Op<A>,
  inputs: readonly Sym[],
  attrs: A,
  outputs: readonly Spec[],
): readonly (Precision | undefined)[] {
  const given = inputs.map((input) => (input.spec.dtype === "float32" ? input.precision : undefined));
  if (precision !== undefined) return precision(given, attrs);
  const widest = given.includes("float32") ? "float32" : given.find((each) => each !== undefined);
  const follows = inputs.some(({ spec }) => spec.batched);
  return outputs.map(({ dtype, batched }) => {
    if (dtype !== "float32") return undefined;
    return widest === "float16" && follows && !batched ? "float32" : widest;
  });
}
