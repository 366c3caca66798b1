/** Which products of the CPU device take an epilogue, and what it may read. */
import type { Call } from "../../ir/program.ts";
import type { EpilogueOptions, OperandKind } from "../epilogue.ts";
import { isShortMatMul } from "./kernels/short-product.ts";

/** What is the same for all values of a column. */
const ofColumns: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "column"] as const);
/** Kernels that write each value once can also read what lies beside it, even where they overwrite it. */
const ofValues: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "column", "full"] as const);

/** What has no columns at hand when it is finished. */
const beside: ReadonlySet<OperandKind> = /* @__PURE__ */ new Set(["single", "full"] as const);

function operandKinds(call: Call): ReadonlySet<OperandKind> | undefined {
  if (call.mode !== "map") return undefined;
  const { name } = call.op;
  if (name === "matMul") return isShortMatMul(call) ? ofValues : ofColumns;
  if (name === "winogradInputGrad") return beside;
  return name === "conv2d" || name === "winogradOutput" ? ofColumns : undefined;
}

/** Each operand is a parameter of the kernel's functions. A tile of a GEMM repeats the expression for each of its vectors. */
export const epilogueOptions: EpilogueOptions = { operandKinds, mostOperands: 8, mostOutputs: 1, mostInstructions: 8 };
