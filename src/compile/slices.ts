/** The slice buffers of one phase: orders the calls so that they need little memory, and places the buffers. */
import type { Arena } from "../base/arena.ts";
import { sameShape } from "../base/shape.ts";
import type { Draft, DraftCall, DraftOperand } from "./drafts.ts";

/**
 * Moves calls that free more memory than they allocate up to where their inputs exist. These are the last readers of large values
 * with small results (sums over rows). All others keep their order.
 */
export function orderCalls(phase: readonly DraftCall[]): DraftCall[] {
  const waiting = new Waiting(phase);
  const ordered: DraftCall[] = [];
  const take = (call: DraftCall) => {
    waiting.remove(call);
    ordered.push(call);
  };
  for (const call of phase) {
    for (let saver = waiting.findSaver(); saver !== undefined; saver = waiting.findSaver()) take(saver);
    if (waiting.has(call)) take(call);
  }
  return ordered;
}

/** The calls of a phase that are not ordered yet, and their dependencies. */
class Waiting {
  readonly #calls: Set<DraftCall>;
  /** Number of unordered calls before a call, and the calls that depend on it. */
  readonly #before = new Map<DraftCall, number>();
  readonly #after = new Map<DraftCall, Set<DraftCall>>();
  /** Number of unordered calls that read a buffer. */
  readonly #readers = new Map<Draft, number>();

  constructor(phase: readonly DraftCall[]) {
    this.#calls = new Set(phase);
    const writers = new Map<Draft, DraftCall>();
    const readers = new Map<Draft, DraftCall[]>();
    for (const call of phase) {
      const before = new Set<DraftCall | undefined>();
      for (const draft of inputsOf(call)) {
        before.add(writers.get(draft));
        const others = readers.get(draft);
        if (others === undefined) readers.set(draft, [call]);
        else others.push(call);
        this.#readers.set(draft, (this.#readers.get(draft) ?? 0) + 1);
      }
      // A call that writes in place comes after all readers of the old value.
      for (const { draft } of call.outputs) {
        for (const other of [writers.get(draft), ...(readers.get(draft) ?? [])]) before.add(other);
        writers.set(draft, call);
      }
      before.delete(undefined);
      before.delete(call);
      this.#before.set(call, before.size);
      this.#after.set(call, new Set());
      for (const other of before) this.#after.get(other!)!.add(call);
    }
  }

  has(call: DraftCall): boolean {
    return this.#calls.has(call);
  }

  /** Of the calls whose inputs exist, the one that frees most; undefined if none frees more than it allocates. */
  findSaver(): DraftCall | undefined {
    let best: DraftCall | undefined;
    let least = 0;
    for (const call of this.#calls) {
      const growth = this.#before.get(call) === 0 ? this.#growth(call) : 0;
      if (growth < least) [best, least] = [call, growth];
    }
    return best;
  }

  remove(call: DraftCall): void {
    this.#calls.delete(call);
    for (const draft of inputsOf(call)) this.#readers.set(draft, this.#readers.get(draft)! - 1);
    for (const other of this.#after.get(call)!) this.#before.set(other, this.#before.get(other)! - 1);
  }

  /** Change of the allocated bytes of slice buffers, if this call came next. */
  #growth(call: DraftCall): number {
    const isSlice = ({ kind }: Draft) => kind === "slice";
    const taken = call.outputs.map(({ draft }) => draft).filter(isSlice);
    const freed = [...inputsOf(call)].filter((draft) => isSlice(draft) && this.#readers.get(draft) === 1);
    const bytes = (drafts: readonly Draft[]) => drafts.reduce((sum, draft) => sum + draft.bytes, 0);
    return bytes(taken) - bytes(freed);
  }
}

function inputsOf({ inputs }: DraftCall): Set<Draft> {
  return new Set(inputs.map(({ draft }) => draft));
}

/** Places the slice buffers of one phase by their lifetimes; an elementwise call may overwrite an input at its last use. */
export function placeSlices(phase: readonly DraftCall[], arena: Arena): number {
  const lastUse = new Map<Draft, number>();
  phase.forEach((call, at) => {
    for (const { draft } of [...call.inputs, ...call.outputs]) if (draft.kind === "slice") lastUse.set(draft, at);
  });
  phase.forEach((call, at) => {
    const dying = new Set(
      call.inputs.flatMap(({ draft }) => (draft.kind === "slice" && lastUse.get(draft) === at ? [draft] : [])),
    );
    for (const made of call.outputs) {
      const { draft: output } = made;
      if (output.kind !== "slice") continue;
      const donor =
        call.op.elementwise && call.inputs.find((input) => dying.has(input.draft) && canDonate(call, input, made));
      if (donor === undefined) output.offset = arena.allocate(output.bytes);
      else {
        output.offset = donor.draft.offset;
        dying.delete(donor.draft);
      }
    }
    for (const draft of dying) arena.free(draft.offset, draft.bytes);
    // An output without readers (possible only among several outputs) is freed at once.
    for (const { draft } of call.outputs)
      if (draft.kind === "slice" && lastUse.get(draft) === at) arena.free(draft.offset, draft.bytes);
  });
  return arena.bytes;
}

/** Whether an elementwise call may overwrite this input: each element is read at the address where the result is written. */
function canDonate(call: DraftCall, { draft }: DraftOperand, { spec: output, draft: { half } }: DraftOperand): boolean {
  // The types must agree too, because a GPU kernel binds a place once.
  return (
    draft.spec.dtype === output.dtype &&
    draft.half === half &&
    call.inputs.every(({ draft: other, spec }) => other !== draft || sameShape(spec.shape, output.shape))
  );
}
