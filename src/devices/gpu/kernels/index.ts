/** The kernel table of the GPU device. A missing or unknown kernel does not compile. */
import { InternalError } from "../../../base/errors.ts";
import type { Call } from "../../../ir/program.ts";
import type { KernelName } from "../../../ops/index.ts";
import type { EmitKernel, Features, GpuKernel } from "../kernel.ts";
import { emitArgMax } from "./arg-max.ts";
import { emitConcatenate, emitCrop, emitPad, emitRotateKernel, emitTranspose } from "./copy.ts";
import { emitElementwise } from "./elementwise.ts";
import { emitAveragePool2d, emitAveragePool2dGrad, emitMaxPool2d, emitMaxPool2dGrad } from "./pool.ts";
import { emitRandomUniform } from "./random-uniform.ts";
import { emitReduceMax, emitReduceSum } from "./reduce.ts";

export const kernels = {
  argMax: emitArgMax,
  averagePool2d: emitAveragePool2d,
  averagePool2dGrad: emitAveragePool2dGrad,
  concatenate: emitConcatenate,
  crop: emitCrop,
  pad: emitPad,
  maxPool2d: emitMaxPool2d,
  maxPool2dGrad: emitMaxPool2dGrad,
  randomUniform: emitRandomUniform,
  reduceMax: emitReduceMax,
  reduceSum: emitReduceSum,
  rotateKernel: emitRotateKernel,
  transpose: emitTranspose,
} as const satisfies Partial<Record<KernelName, EmitKernel>>;

export const kernelNames: ReadonlySet<string> = /* @__PURE__ */ new Set(Object.keys(kernels));

/** The kernel of any call. */
export function emitCall(call: Call, features: Features): GpuKernel {
  const table: Readonly<Record<string, EmitKernel>> = kernels;
  const emit = call.op.elementwise === undefined ? table[call.op.name] : emitElementwise;
  if (emit === undefined) throw new InternalError(`The GPU device has no kernel for "${call.op.name}".`);
  return emit(call, features);
}
