/** Buffers and calls of an unfinished program: all properties are known except their offsets. */
import { bytesPerElement } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import type { Spec } from "../ir/graph.ts";
import type { BufferKind, Call } from "../ir/program.ts";
import type { Moment } from "./schedule.ts";

export interface Draft {
  readonly kind: BufferKind;
  readonly spec: Spec;
  readonly bytes: number;
  readonly name?: string;
  readonly data?: Float32Array;
  offset: number;
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

export function makeDraft(kind: BufferKind, spec: Spec, rows: number, name?: string, data?: Float32Array): Draft {
  const size = spec.batched ? rows * sizeOf(spec.shape.slice(1)) : sizeOf(spec.shape);
  const bytes = size * bytesPerElement[spec.dtype];
  return {
    kind,
    spec,
    bytes,
    offset: 0,
    ...(name === undefined ? {} : { name }),
    ...(data === undefined ? {} : { data }),
  };
}
