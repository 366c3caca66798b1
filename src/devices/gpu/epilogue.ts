/** Epilogues in WGSL: which products have them, and how they are printed. */
import type { EpilogueOptions, JoinedCall, OperandKind } from "../epilogue.ts";
import type { Bindings } from "./kernel.ts";
import { type Lanes, mathFunctions, printTape } from "./kernels/print-expr.ts";

/** Products that store C row by row. */
const products: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "matMul",
  "conv2d",
  "conv2dGradInput",
  "conv2dGradKernel",
]);

const anyKind: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "column", "full"] as const);

/** The epilogue is printed for each value of a thread. */
const MOST_INSTRUCTIONS = 16;

export const epilogueOptions = (mostOperands: number): EpilogueOptions => ({
  operandKinds: ({ op }) => (products.has(op.name) ? anyKind : undefined),
  mostOperands,
  mostOutputs: mostOperands,
  mostInstructions: MOST_INSTRUCTIONS,
});

/** WGSL functions that `printStore` uses. */
export function epilogueFunctions({ epilogue }: JoinedCall, lanes: Lanes): string {
  return epilogue === undefined ? "" : mathFunctions(lanes);
}

/**
 * WGSL that stores a value of C.
 *
 * @param value WGSL of the value, or of four adjacent ones
 * @param at WGSL of its row-major index in C
 * @param column WGSL of its column in C
 */
export function printStore(
  { epilogue }: JoinedCall,
  bindings: Bindings,
  lanes: Lanes,
  value: string,
  at: string,
  column: string,
): string {
  const type = lanes === 4 ? "vec4f" : "f32";
  const element = (index: string) => (lanes === 4 ? `(${index}) / 4u` : index);
  if (epilogue === undefined) return bindings.output(0, type).store(element(at), value);
  const { tape, sources } = epilogue;
  const load = (k: number) => {
    const source = sources[k]!;
    switch (source.kind) {
      case "product":
        return value;
      case "single": {
        const single = bindings.input(source.input).load("0");
        return lanes === 4 ? `vec4f(${single})` : single;
      }
      case "column":
        return bindings.input(source.input, type).load(element(column));
      case "full":
        return bindings.input(source.input, type).load(element(at));
    }
  };
  const stores = tape.results.map((result, i) => bindings.output(i, type).store(element(at), `v${result}`));
  return [printTape(tape, lanes, load), ...stores].join("\n");
}
