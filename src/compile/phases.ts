/** The phases of a program: calls grouped by moment, and frozen with their buffers. */
import type { Buffer, Operand, Phase, Program } from "../ir/program.ts";
import type { Draft, DraftCall, DraftOperand } from "./drafts.ts";
import { isOfRows, type Moment } from "./schedule.ts";

/** Groups calls by moment, in order, one phase each. If one worker runs the whole batch, all calls of a stage form one phase. */
export function groupPhases(calls: readonly DraftCall[], wholeBatch: boolean): DraftCall[][] {
  const phases = new Map<string, DraftCall[]>();
  const sorted = calls
    .map((call, at) => ({ call, at }))
    .sort(
      (a, b) => a.call.moment.stage - b.call.moment.stage || a.call.moment.level - b.call.moment.level || a.at - b.at,
    );
  for (const { call } of sorted) {
    const key = wholeBatch ? `${call.moment.stage}` : `${call.moment.stage}.${call.moment.level}`;
    const phase = phases.get(key);
    if (phase === undefined) phases.set(key, [call]);
    else phase.push(call);
  }
  return [...phases.values()];
}

/**
 * The same calls, one a phase, each where its first reader needs it: a value in between then lives for a moment, and another one
 * takes its place. Weights that are kept as bytes are made float32 and packed one after the other, instead of all at once.
 */
export function oneByOne(phases: readonly (readonly DraftCall[])[]): DraftCall[][] {
  const calls = phases.flat();
  const makers = new Map(calls.flatMap((call) => call.outputs.map(({ draft }) => [draft, call] as const)));
  const read = new Set(calls.flatMap(({ inputs }) => inputs.map(({ draft }) => draft)));
  const ordered = new Set<DraftCall>();
  const visit = (call: DraftCall): void => {
    if (ordered.has(call)) return;
    for (const { draft } of call.inputs) {
      const maker = makers.get(draft);
      if (maker !== undefined && maker !== call) visit(maker);
    }
    ordered.add(call);
  };
  // What is read by others here is visited by them.
  for (const call of calls) if (call.outputs.some(({ draft }) => !read.has(draft))) visit(call);
  for (const call of calls) visit(call);
  return Array.from(ordered, (call) => [call]);
}

function bufferOf({ block: _, ...draft }: Draft, id: number): Buffer {
  return { id, ...draft };
}

export function freeze(
  phases: readonly (readonly DraftCall[])[],
  drafts: readonly Draft[],
  capacity: number,
  sliceRows: (moment: Moment) => number,
): Omit<Program, "prepared" | "regions"> {
  const buffers = new Map(drafts.map((draft, id): [Draft, Buffer] => [draft, bufferOf(draft, id)]));
  const operand = ({ draft, spec }: DraftOperand): Operand => ({ buffer: buffers.get(draft)!, spec });
  return {
    capacity,
    buffers: [...buffers.values()],
    phases: phases.map(
      (phase, at): Phase => ({
        ...(isOfRows(phase[0]!.moment) ? { kind: "rows", sliceRows: sliceRows(phase[0]!.moment) } : { kind: "whole" }),
        calls: phase.map((call) => ({
          op: call.op,
          attrs: call.attrs,
          mode: call.mode,
          origin: call.origin,
          inputs: call.inputs.map(operand),
          outputs: call.outputs.map(operand),
          ...(mayBeEarly(call, phases[at - 1]) ? { early: true } : {}),
        })),
      }),
    ),
  };
}

/**
 * Whether a call may start in the phase before its own: see `Call.early`. Not if it writes a variable, whose old value may still
 * be read.
 */
export function mayBeEarly(
  { op, mode, inputs, outputs }: DraftCall,
  before: readonly DraftCall[] | undefined,
): boolean {
  return (
    before !== undefined &&
    isOfRows(before[0]!.moment) &&
    mode === "whole" &&
    op.sharesOutput === true &&
    inputs.some(({ spec }) => spec.batched) &&
    outputs.every(({ draft }) => draft.kind === "shared")
  );
}
