/**
 * The reference device: float64, one thread, each op's plain meaning. It is slow and correct, and the fast devices are tested
 * against it. It ignores the plan's offsets and gives every buffer its own array.
 */
import { allocate, type DType, type TypedArray } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { roundToFloat16 } from "../../base/float16.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { type BatchShare, type Device, type Executable, type Feeds, type Outputs, ownInput } from "../../ir/device.ts";
import { withRows } from "../../ir/graph.ts";
import type { Buffer, Call, Program, Traits } from "../../ir/program.ts";

const traits: Traits = {
  sliceRows: Number.POSITIVE_INFINITY,
  kernels: new Set(["softmax", "logSoftmax", "conv2dGradInput"]),
  fusedOperands: 0,
  alignment: 8,
  slack: 0,
};

export class ReferenceDevice implements Device {
  readonly name = "reference";
  readonly onCallingThread = true;
  readonly description = "float64 in plain JavaScript, one thread";
  readonly traits: Traits;
  readonly #variables = new Map<string, { readonly values: Float64Array; readonly dtype: DType }>();

  /** @param float16 whether it rounds values as devices do that store float16. Default false */
  constructor({ float16 = false }: { readonly float16?: boolean } = {}) {
    this.traits = { ...traits, float16 };
  }

  addVariable(name: string, shape: Shape, dtype: DType = "float32"): void {
    if (!this.#variables.has(name)) this.#variables.set(name, { values: new Float64Array(sizeOf(shape)), dtype });
  }

  #variable(name: string): { readonly values: Float64Array; readonly dtype: DType } {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new DeviceError(`The device holds no variable "${name}".`);
    return variable;
  }

  async write(name: string, values: TypedArray): Promise<void> {
    this.#variable(name).values.set(values);
  }

  async read(name: string): Promise<TypedArray> {
    return this.readNow(name);
  }

  readNow(name: string): TypedArray {
    const { values, dtype } = this.#variable(name);
    return toHost(values, dtype);
  }

  async load(program: Program): Promise<Executable> {
    const arrays = new Map<Buffer, Float64Array>();
    let bytes = 0;
    for (const buffer of program.buffers) {
      const array =
        buffer.kind === "variable" ? this.#variable(buffer.name!).values : new Float64Array(sizeOf(buffer.spec.shape));
      if (buffer.data !== undefined) array.set(buffer.data);
      arrays.set(buffer, array);
      bytes += array.byteLength;
    }
    return {
      bytes: { float64: bytes },
      stepsInFlight: 1,
      run: async (feeds, rows, share) => runProgram(program, arrays, feeds, rows, share),
      release: () => arrays.clear(),
    };
  }

  dispose(): void {
    this.#variables.clear();
  }
}

function runProgram(
  program: Program,
  arrays: ReadonlyMap<Buffer, Float64Array>,
  feeds: Feeds,
  rows: number,
  share: BatchShare | undefined,
): Outputs {
  const live = (buffer: Buffer) => arrays.get(buffer)!.subarray(0, sizeOf(withRows(buffer.spec, rows).shape));
  for (const buffer of program.buffers) {
    if (buffer.kind !== "input") continue;
    const target = live(buffer);
    const own = ownInput(buffer.name!, rows, share);
    if (own !== undefined) target[0] = own;
    else target.set(feeds[buffer.name!]!.subarray(0, target.length));
  }
  for (const phase of program.phases) for (const call of phase.calls) runCall(call, live, rows);
  const named = program.buffers.filter((buffer) => buffer.kind === "output");
  return Object.fromEntries(named.map((buffer) => [buffer.name!, toHost(live(buffer), buffer.spec.dtype)]));
}

function runCall(call: Call, live: (buffer: Buffer) => Float64Array, rows: number): void {
  const specs = (operands: Call["inputs"]) => operands.map(({ spec }) => withRows(spec, rows));
  const inputs = call.inputs.map(({ buffer }) => live(buffer));
  const results = call.outputs.map(({ buffer }) => new Float64Array(live(buffer).length));
  const { op, attrs } = call;
  op.reference(inputs, results, { attrs, inputs: specs(call.inputs), outputs: specs(call.outputs), firstRow: 0 });
  call.outputs.forEach(({ buffer }, i) => {
    live(buffer).set(buffer.half ? results[i]!.map(roundToFloat16) : results[i]!);
  });
}

function toHost(values: Float64Array, dtype: DType): TypedArray {
  const host = allocate(dtype, values.length);
  host.set(values);
  return host;
}
