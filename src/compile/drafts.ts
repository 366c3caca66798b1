/** Buffers and calls of an unfinished program: all properties are known except their offsets. */
import { bytesPerElement } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { type BufferKind, type Call, HALF_BYTES } from "../ir/program.ts";
import type { Moment } from "./schedule.ts";

export interface Draft {
  readonly kind: BufferKind;
  readonly spec: Spec;
  readonly bytes: number;
  readonly half?: true;
  readonly name?: string;
  readonly data?: Float32Array;
  offset: number;
  /** Values that lie side by side, this one among them. */
  block?: Block;
}

/** Shared values that are placed as one, side by side. */
export class Block {
  readonly kind = "shared";
  readonly members: Draft[] = [];
  readonly #alignment: number;

  /** @param alignment of each member */
  constructor(alignment: number) {
    this.#alignment = alignment;
  }

  #walk(visit: (member: Draft, start: number) => void): number {
    let end = 0;
    for (const member of this.members) {
      const start = Math.ceil(end / this.#alignment) * this.#alignment;
      visit(member, start);
      end = start + member.bytes;
    }
    return end;
  }

  get bytes(): number {
    return this.#walk(() => {});
  }

  get offset(): number {
    return this.members[0]!.offset;
  }

  set offset(offset: number) {
    this.#walk((member, start) => {
      member.offset = offset + start;
    });
  }
}

export interface DraftCall extends Omit<Call, "inputs" | "outputs"> {
  readonly moment: Moment;
  readonly inputs: readonly DraftOperand[];
  readonly outputs: readonly DraftOperand[];
}

export interface DraftOperand {
  readonly draft: Draft;
  readonly spec: Spec;
}

/** What only some buffers have. */
type Rest = Pick<Draft, "name" | "data">;

type Value = Pick<Sym, "spec" | "precision">;

export function makeDraft(kind: BufferKind, { spec, precision }: Value, rows: number, rest: Rest = {}): Draft {
  const size = spec.batched ? rows * sizeOf(spec.shape.slice(1)) : sizeOf(spec.shape);
  const isHalf = precision === "float16";
  const bytes = size * (isHalf ? HALF_BYTES : bytesPerElement[spec.dtype]);
  return {
    kind,
    spec,
    bytes,
    offset: 0,
    ...rest,
    ...(isHalf ? { half: true } : {}),
  };
}
