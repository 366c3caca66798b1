/** Which products of the CPU device can have an epilogue, and which operands it may read. */
import type { Call } from "../../ir/program.ts";
import type { EpilogueOptions, OperandKind } from "../epilogue.ts";
import { isShortMatMul } from "./kernels/short-product.ts";

/** Operands with one value, or one value per column. */
const ofColumns: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "column"] as const);
/** Kernels that write each value once can also read operands of the output's shape, even where they overwrite them. */
const ofValues: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "column", "full"] as const);

/** Kernels that do not know the column of a finished value. */
const beside: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "full"] as const);

function operandKinds(call: Call): ReadonlySet<OperandKind> | undefined {
  if (call.mode !== "map") return undefined;
  const { name } = call.op;
  if (name === "matMul") return isShortMatMul(call) ? ofValues : ofColumns;
  if (name === "winogradInputGrad") return beside;
  return columnProducts.has(name) ? ofColumns : undefined;
}

/** Kernels that know the column of a finished value. */
const columnProducts: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "conv2d",
  "depthwiseConv2d",
  "packedConv2d",
  "packedMatMul",
  "winogradOutput",
]);

/** Limits: each operand is a parameter of the kernel's functions; a GEMM tile repeats the expression for each of its vectors. */
export const epilogueOptions: EpilogueOptions = { operandKinds, mostOperands: 8, mostOutputs: 1, mostInstructions: 8 };
