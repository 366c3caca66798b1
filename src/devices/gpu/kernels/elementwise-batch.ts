/**
 * Calls with the same expression over different values, in one dispatch: an optimizer's update of all weights. Each buffer is
 * bound once, over the range that the calls use.
 */
import { sizeOf } from "../../../base/shape.ts";
import { e } from "../../../ir/expr.ts";
import type { Buffer, Call } from "../../../ir/program.ts";
import { printedTape } from "../../approximations.ts";
import { floatArray, type Place, printDeclarations } from "../bindings.ts";
import type { ElementType, Features } from "../kernel.ts";
import { roundUp } from "../memory.ts";
import { flatMain, flatWorkgroups, WORKGROUP } from "./flat.ts";
import { type Lanes, mathFunctions, printTape } from "./print-expr.ts";

/** A dispatch of several calls. */
export interface Batch {
  readonly calls: readonly Call[];
  readonly label: string;
  readonly text: string;
  readonly places: readonly Place[];
  readonly workgroups: readonly [number, number, number];
}

interface Operand extends Place {
  readonly half: boolean;
  /** One value, used for all elements. */
  readonly repeated: boolean;
  readonly written: boolean;
}

interface Member {
  readonly call: Call;
  /** Elements of each value that is not repeated. */
  readonly size: number;
  /** The inputs, then the outputs. */
  readonly operands: readonly Operand[];
  /** WGSL of the computation, without the operands' positions; the same for all members. */
  readonly body: string;
}

export class Batcher {
  readonly #placeOf: (buffer: Buffer) => Place;
  readonly #lanes: Lanes;
  readonly #mostBytes: number;

  constructor(placeOf: (buffer: Buffer) => Place, { software }: Features, limits: GPUSupportedLimits) {
    this.#placeOf = placeOf;
    this.#lanes = software ? 1 : 4;
    this.#mostBytes = limits.maxStorageBufferBindingSize;
  }

  get #type(): ElementType {
    return this.#lanes === 4 ? "vec4f" : "f32";
  }

  /** Cuts the calls, in order, into runs; a run of several calls can be a batch. */
  runsOf(calls: readonly Call[]): Call[][] {
    const runs: Call[][] = [];
    let open: Member[] = [];
    for (const call of calls) {
      const member = this.#memberOf(call);
      if (member !== undefined && open.length > 0 && this.#fits(member, open)) {
        open.push(member);
        runs.at(-1)!.push(call);
      } else {
        open = member === undefined ? [] : [member];
        runs.push([call]);
      }
    }
    return runs;
  }

  /** @param calls a run of `runsOf` */
  batchOf(calls: readonly Call[]): Batch {
    const members = calls.map((call) => this.#memberOf(call)!);
    const spans = stretchesOf(members);
    const starts: number[] = [];
    const threads = members.reduce((sum, { size }) => {
      starts.push(sum);
      return sum + roundUp(Math.ceil(size / this.#lanes), WORKGROUP);
    }, 0);
    const { body, operands } = members[0]!;
    const arrays = spans.map(({ buffer }, i) => {
      const { half } = operands.find((operand) => operand.buffer === buffer)!;
      return floatArray(`memory${i}`, this.#type, half);
    });
    const code = `  var first = 0u;
  var count = 0u;
${operands.map((_, k) => `  var p${k} = 0u;`).join("\n")}
${printChoice(members, starts, spans, this.#lanes)}
  let element = id - first;
  if (element >= count) { return; }
${body}`;
    return {
      calls,
      label: `${calls[0]!.op.name} of ${calls.length} values`,
      text: `${printDeclarations(arrays)}\n${mathFunctions(this.#lanes)}${flatMain(`${threads}u`, code)}`,
      places: spans,
      workgroups: flatWorkgroups(threads),
    };
  }

  /**
   * undefined unless the call is elementwise, over float32 values that are unbatched and have either the output's size or one
   * element.
   */
  #memberOf(call: Call): Member | undefined {
    const { op, attrs, inputs, outputs } = call;
    const specs = [...inputs, ...outputs].map(({ spec }) => spec);
    const target = outputs[0]!.spec.shape;
    const size = sizeOf(target);
    const sizes = specs.map(({ shape }) => sizeOf(shape));
    if (op.elementwise === undefined || specs.some(({ batched, dtype }) => batched || dtype !== "float32")) return;
    if (sizes.some((own) => own !== size && own !== 1)) return;
    const operands = [...inputs, ...outputs].map(({ buffer }, k) => ({
      ...this.#placeOf(buffer),
      half: buffer.half ?? false,
      // A weight may have one element, too; values shared by all weights have fewer axes.
      repeated: sizes[k] !== size || specs[k]!.shape.length < target.length,
      written: k >= inputs.length,
    }));
    const buffers = [...new Set(operands.map(({ buffer }) => buffer))];
    // A buffer is bound once, as an array of one type.
    if (operands.some((a) => operands.some((b) => a.buffer === b.buffer && a.half !== b.half))) return;
    const memory = ({ buffer, half }: Operand) => floatArray(`memory${buffers.indexOf(buffer)}`, this.#type, half);
    const load = (k: number) => {
      const operand = operands[k]!;
      if (!operand.repeated) return memory(operand).load(`p${k} + element`);
      const first = memory(operand).load(`p${k}`);
      return this.#lanes === 4 ? `vec4f(${first}.x)` : first;
    };
    const leaves = inputs.map((_, i) => e.input(i));
    const tape = printedTape(op.elementwise(leaves, attrs));
    const stores = outputs.map((_, i) => {
      const k = inputs.length + i;
      return `  ${memory(operands[k]!).store(`p${k} + element`, `v${tape.results[i]}`)}`;
    });
    return { call, size, operands, body: [printTape(tape, this.#lanes, load), ...stores].join("\n") };
  }

  /**
   * Whether a call can join the others: the same expression over the same buffers, and none reads or writes what another writes.
   */
  #fits(member: Member, others: readonly Member[]): boolean {
    const all = [...others, member];
    const alike = member.operands.every(({ buffer }, k) => buffer === others[0]!.operands[k]?.buffer);
    if (!alike || member.body !== others[0]!.body) return false;
    if (stretchesOf(all).some(({ size }) => size > this.#mostBytes)) return false;
    return others.every((other) =>
      other.operands.every((a) => member.operands.every((b) => !(a.written || b.written) || !overlap(a, b))),
    );
  }
}

function overlap(a: Place, b: Place): boolean {
  return a.buffer === b.buffer && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

/** For each buffer, in operand order, the range that the calls use. */
function stretchesOf(members: readonly Member[]): Place[] {
  const places = members.flatMap(({ operands }) => operands);
  return [...new Set(members[0]!.operands.map(({ buffer }) => buffer))].map((buffer) => {
    const own = places.filter((place) => place.buffer === buffer);
    const offset = Math.min(...own.map((place) => place.offset));
    return { buffer, offset, size: Math.max(...own.map((place) => place.offset + place.size)) - offset };
  });
}

/**
 * Prints WGSL that sets `first`, `count` and the operands' positions `pK` from the thread's number `id`. It is a binary tree,
 * because models have hundreds of weights.
 */
function printChoice(
  members: readonly Member[],
  starts: readonly number[],
  spans: readonly Place[],
  lanes: Lanes,
): string {
  if (members.length > 1) {
    const half = members.length >> 1;
    const [low, high] = [
      printChoice(members.slice(0, half), starts.slice(0, half), spans, lanes),
      printChoice(members.slice(half), starts.slice(half), spans, lanes),
    ];
    return `  if (id < ${starts[half]}u) {\n${low}\n  } else {\n${high}\n  }`;
  }
  const [{ size, operands }, first] = [members[0]!, starts[0]!];
  const places = operands.map(({ buffer, offset, half }, k) => {
    const span = spans.find((candidate) => candidate.buffer === buffer)!;
    return `p${k} = ${(offset - span.offset) / ((half ? 2 : 4) * lanes)}u;`;
  });
  return `  first = ${first}u; count = ${Math.ceil(size / lanes)}u; ${places.join(" ")}`;
}
