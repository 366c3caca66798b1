/**
 * A simulated device that exists to catch mistakes of the planner. Programs run in float64 over ONE memory per region, at the
 * offsets that the plan gives, by simulated workers in an order that is as unfair as the rules of ir/program allow; memory that
 * holds nothing is NaN. A buffer that is reused too early or read too late shows up as a wrong number.
 */
import { bytesPerElement } from "../../src/base/dtype.ts";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sameShape, sizeOf } from "../../src/base/shape.ts";
import { rowShape, rowsInput, type Spec, withRows } from "../../src/ir/graph.ts";
import type { Buffer, Call, Operand, Phase, Program, Traits } from "../../src/ir/program.ts";
import { beginSumOp, endSumOp } from "../../src/ops/all-sum.ts";
import type { Values } from "../ir/evaluate-graph.ts";

/** Which worker moves next: one after the other through the whole phase, from either end; call by call in turn; by lot. */
export const orders = ["forward", "backward", "turns", "lot"] as const;
export type Order = (typeof orders)[number];

/** One cell for each byte, so that elements of different widths overlap as they do on a device. */
class Memory {
  readonly #cells: Float64Array;

  constructor(bytes: number) {
    this.#cells = new Float64Array(bytes).fill(Number.NaN);
  }

  read(address: number, spec: Spec): Float64Array {
    const width = bytesPerElement[spec.dtype];
    return Float64Array.from({ length: sizeOf(spec.shape) }, (_, i) => this.#cells[address + i * width]!);
  }

  /** Writes elements `from … to-1` of the values. */
  write(address: number, spec: Spec, values: ArrayLike<number>, from = 0, to = sizeOf(spec.shape)): void {
    const width = bytesPerElement[spec.dtype];
    if (address + to * width > this.#cells.length) throw new Error("A write beyond the end of a region.");
    this.#cells.fill(Number.NaN, address + from * width, address + to * width);
    for (let i = from; i < to; i++) this.#cells[address + i * width] = values[i]!;
  }
}

export class ProgramRunner {
  readonly #program: Program;
  readonly #workers: number;
  readonly #order: Order;
  readonly #random = new RandomStream(keyOf(5));
  readonly #variables = new Map<string, Memory>();
  readonly #regions: { readonly [K in "slot" | "constant" | "shared"]: Memory };
  readonly #slices: Memory[];
  readonly #partials: Memory[];

  constructor(program: Program, workers: number, order: Order, variables: Values) {
    this.#program = program;
    this.#workers = workers;
    this.#order = order;
    const { slot, constant, shared, slice, partial } = program.regions;
    this.#regions = { slot: new Memory(slot), constant: new Memory(constant), shared: new Memory(shared) };
    this.#slices = Array.from({ length: workers }, () => new Memory(slice));
    this.#partials = Array.from({ length: workers }, () => new Memory(partial));
    for (const buffer of program.buffers) {
      if (buffer.kind === "constant") this.#regions.constant.write(buffer.offset, buffer.spec, buffer.data!);
      if (buffer.kind !== "variable") continue;
      const memory = new Memory(buffer.bytes);
      memory.write(0, buffer.spec, variables[buffer.name!]!);
      this.#variables.set(buffer.name!, memory);
    }
  }

  /** Runs one step; returns the outputs, cut to the live rows. */
  step(feeds: Values, rows: number): Record<string, Float64Array> {
    const named = (kind: Buffer["kind"]) => this.#program.buffers.filter((buffer) => buffer.kind === kind);
    for (const { name, offset, spec } of named("input"))
      this.#regions.slot.write(offset, withRows(spec, rows), name === rowsInput ? [rows] : feeds[name!]!);
    this.#program.phases.forEach((phase, at, phases) => {
      this.#runPhase(phase, phases[at + 1], rows);
    });
    return Object.fromEntries(
      named("output").map(({ name, offset, spec }) => [name!, this.#regions.slot.read(offset, withRows(spec, rows))]),
    );
  }

  /** The variables' values now. */
  variables(): Record<string, Float64Array> {
    const found = this.#program.buffers.filter(({ kind }) => kind === "variable");
    return Object.fromEntries(found.map(({ name, spec }) => [name!, this.#variables.get(name!)!.read(0, spec)]));
  }

  #runPhase(phase: Phase, following: Phase | undefined, rows: number): void {
    const list = phase.kind === "rows" ? this.#rowsWork : this.#wholeWork;
    const work = Array.from({ length: this.#workers }, (_, worker) => list.call(this, phase, worker, rows));
    const early = (following?.calls ?? []).filter((call) => call.early);
    // Some worker may begin them whenever it likes: in what they write nobody finds anything from then on.
    work.forEach((tasks, worker) => {
      tasks.splice(this.#random.below(tasks.length + 1), 0, ...early.map((call) => () => this.#begin(call, worker)));
    });
    const next = { forward: 0, backward: -1, turns: 0, lot: 0 }[this.#order];
    for (let turn = 0; ; turn++) {
      const busy = work.filter((tasks) => tasks.length > 0);
      if (busy.length === 0) return;
      const pick =
        this.#order === "turns" ? turn % busy.length : this.#order === "lot" ? this.#random.below(busy.length) : next;
      busy.at(pick)!.shift()!();
    }
  }

  /** What one worker does in a rows phase: clears its partials, then carries slice by slice of its share through all calls. */
  #rowsWork({ calls, sliceRows: planned }: Phase, worker: number, rows: number): (() => void)[] {
    // Where nothing is batched, one turn does it, whatever the rows.
    const sliceRows = rows > this.#program.capacity ? rows : planned!;
    const end = Math.floor((rows * (worker + 1)) / this.#workers);
    const tasks = calls
      .filter((call) => call.mode === "accumulate")
      .flatMap((call) => call.outputs)
      .map(({ buffer, spec }) => () => {
        this.#partials[worker]!.write(buffer.offset, spec, new Float64Array(sizeOf(spec.shape)));
      });
    for (let begin = Math.floor((rows * worker) / this.#workers); begin < end; begin += sliceRows)
      for (const call of calls) tasks.push(() => this.#runRows(call, worker, begin, Math.min(begin + sliceRows, end)));
    return tasks;
  }

  #runRows(call: Call, worker: number, begin: number, end: number): void {
    const count = end - begin;
    const place = ({ buffer, spec }: Operand) => {
      const width = spec.batched ? sizeOf(rowShape(spec)) * bytesPerElement[spec.dtype] : 0;
      return { ...this.#locate(buffer, worker, begin * width), spec: withRows(spec, count) };
    };
    const results = this.#compute(call, call.inputs.map(place), count, begin);
    call.outputs.map(place).forEach(({ memory, address, spec }, i) => {
      const before = call.mode === "accumulate" ? memory.read(address, spec) : undefined;
      memory.write(address, spec, before === undefined ? results[i]! : results[i]!.map((y, k) => y + before[k]!));
    });
  }

  /** What one worker does in a whole phase: its share of every call's output, without waiting in between. */
  #wholeWork({ calls }: Phase, worker: number, rows: number): (() => void)[] {
    return calls.map((call, at) => () => {
      // Each call cuts its output along an axis of its own: nobody may count on a share that it wrote in an earlier call.
      const part = (worker + at) % this.#workers;
      const place = ({ buffer, spec }: Operand) => ({ ...this.#locate(buffer, worker, 0), spec: withRows(spec, rows) });
      const results =
        call.mode === "combine"
          ? [this.#combine(call.inputs[0]!)]
          : this.#compute(call, call.inputs.map(place), rows, 0);
      call.outputs.map(place).forEach(({ memory, address, spec }, i) => {
        const share = (to: number) => Math.floor((sizeOf(spec.shape) * to) / this.#workers);
        memory.write(address, spec, results[i]!, share(part), share(part + 1));
      });
    });
  }

  #begin({ outputs }: Call, worker: number): void {
    for (const { buffer, spec } of outputs) {
      const { memory, address } = this.#locate(buffer, worker, 0);
      memory.write(address, spec, new Float64Array(sizeOf(spec.shape)).fill(Number.NaN));
    }
  }

  #combine({ buffer, spec }: Operand): Float64Array {
    const sum = new Float64Array(sizeOf(spec.shape));
    for (const partial of this.#partials)
      partial.read(buffer.offset, spec).forEach((value, i) => {
        sum[i]! += value;
      });
    return sum;
  }

  #compute(
    { op, attrs, outputs }: Call,
    inputs: readonly { memory: Memory; address: number; spec: Spec }[],
    rows: number,
    firstRow: number,
  ): Float64Array[] {
    const specs = outputs.map(({ spec }) => withRows(spec, rows));
    const results = specs.map(({ shape }) => new Float64Array(sizeOf(shape)));
    const read = inputs.map(({ memory, address, spec }) => memory.read(address, spec));
    op.reference(read, results, { attrs, inputs: inputs.map(({ spec }) => spec), outputs: specs, firstRow });
    return results;
  }

  #locate({ kind, name, offset }: Buffer, worker: number, rowOffset: number): { memory: Memory; address: number } {
    if (kind === "variable") return { memory: this.#variables.get(name!)!, address: 0 };
    if (kind === "slice") return { memory: this.#slices[worker]!, address: offset };
    if (kind === "partial") return { memory: this.#partials[worker]!, address: offset };
    const region = kind === "constant" || kind === "shared" ? kind : "slot";
    return { memory: this.#regions[region], address: offset + rowOffset };
  }
}

const regionOf = ({ kind, name }: Buffer) => {
  if (kind === "variable") return `variable ${name}`;
  return kind === "input" || kind === "output" ? "slot" : kind;
};

/** Kernels write while they read, so only an elementwise call may write over an input, and only element by element. */
function overwritesWrongly(call: Call): boolean {
  return call.outputs.some((to) =>
    call.inputs.some((from) => {
      const [a, b] = [to.buffer, from.buffer];
      const apart = regionOf(a) !== regionOf(b) || a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
      const inPlace =
        (call.op.elementwise || call.mode === "exchange") &&
        a.offset === b.offset &&
        sameShape(to.spec.shape, from.spec.shape);
      return !apart && !(inPlace && to.spec.dtype === from.spec.dtype);
    }),
  );
}

/** Whether the operands of an exchange are the same, and lie side by side in shared memory; of several that end they are apart. */
function liesTogether({ op, inputs, outputs }: Call, { alignment }: Traits): boolean {
  const places = outputs.map(({ buffer }) => buffer).sort((a, b) => a.offset - b.offset);
  return (
    inputs.every(({ buffer }, i) => buffer === outputs[i]!.buffer && buffer.kind === "shared") &&
    places.every(({ offset }, i) => {
      if (op === endSumOp) return true;
      const before = places[i - 1];
      return (
        before === undefined ||
        (offset >= before.offset + before.bytes && offset - before.offset - before.bytes < alignment)
      );
    })
  );
}

/** Throws when the program breaks a rule that can be seen without running it. */
export function checkProgram(program: Program, traits: Traits): Program {
  const fail = (what: string) => {
    throw new Error(`The program breaks a rule: ${what}.`);
  };
  for (const { kind, id, offset, bytes } of program.buffers) {
    if (kind === "variable") continue;
    const region = kind === "input" || kind === "output" ? "slot" : kind;
    if (offset % traits.alignment !== 0) fail(`buffer ${id} is not aligned`);
    if (offset + bytes + traits.slack > program.regions[region]) fail(`buffer ${id} ends beyond region ${region}`);
  }
  let underWay: Buffer[] = [];
  const meets = (a: Buffer, b: Buffer) =>
    a.kind === b.kind && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
  for (const { calls } of program.phases) {
    const ended = calls.some(({ op }) => op === endSumOp);
    for (const { op, mode, inputs, outputs } of calls)
      if (
        mode !== "exchange" &&
        [...inputs, ...outputs].some(({ buffer }) => underWay.some((each) => meets(each, buffer)))
      )
        fail(`"${op.name}" uses what is being exchanged`);
    if (ended) underWay = [];
    else
      for (const { op, outputs } of calls) if (op === beginSumOp) underWay.push(...outputs.map(({ buffer }) => buffer));
  }
  program.phases.forEach((phase, at) => {
    const rowModes = ["map", traits.wholeBatch ? "whole" : "accumulate"];
    const modes = phase.kind === "rows" ? rowModes : ["whole", "combine", "exchange"];
    for (const call of phase.calls) {
      const { op, mode, inputs, outputs } = call;
      if (!modes.includes(mode)) fail(`"${op.name}" runs in mode ${mode} in a ${phase.kind} phase`);
      if (mode === "exchange" && !liesTogether(call, traits)) fail(`"${op.name}" has operands that lie apart`);
      if (outputs.length === 0) fail(`"${op.name}" makes nothing`);
      if (overwritesWrongly(call)) fail(`"${op.name}" writes over an input that it has not read to the end`);
      for (const { buffer, spec } of [...inputs, ...outputs]) {
        if (!program.buffers.includes(buffer)) fail(`"${op.name}" uses a buffer that the program does not list`);
        if (buffer.kind === "slice" && phase.kind === "whole") fail(`"${op.name}" reads a slice in a whole phase`);
        if (
          (buffer.kind === "partial") !==
          (mode === "combine" ? inputs : mode === "accumulate" ? outputs : []).some((each) => each.buffer === buffer)
        )
          fail(`"${op.name}" uses a partial sum in mode ${mode}`);
        if (spec.batched && spec.shape[0] !== program.capacity) fail(`"${op.name}" has another batch size`);
      }
      if (call.early && !(mode === "whole" && program.phases[at - 1]?.kind === "rows" && op.sharesOutput))
        fail(`"${op.name}" is early, and not a sum over the rows of the phase before`);
    }
  });
  return program;
}
