/** Lists of different lengths as one tensor. Keras `utils/sequence_utils.py`, pad_sequences. */
import { allocate, checkDType, type DType } from "../base/dtype.ts";
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { Tensor } from "../base/tensor.ts";
import { checkWhole } from "./source.ts";

/** Options of `padSequences`. */
export interface PadSequencesOptions {
  /** Length of all rows. Default: that of the longest sequence. */
  readonly maxlen?: number;
  /** Default "int32". */
  readonly dtype?: DType;
  /** On which side `value` is put. Default "pre". */
  readonly padding?: "pre" | "post";
  /** On which side longer sequences are cut. Default "pre". */
  readonly truncating?: "pre" | "post";
  /** Default 0. */
  readonly value?: number;
}

/**
 * Sequences of numbers as one tensor, as Keras's `pad_sequences`: shorter ones are filled up, longer ones cut.
 *
 * @returns [n, maxlen] of the dtype
 * @throws ArgumentError for what are no lists of numbers, and for a value that the dtype cannot hold
 * @example
 * ```ts
 * import { padSequences } from "fovea/utils";
 * padSequences([[1], [2, 3, 4]], { maxlen: 2 }).toArray(); // [[0, 1], [3, 4]]
 * ```
 */
export function padSequences(sequences: readonly (readonly number[])[], options: PadSequencesOptions = {}): Tensor {
  checkKeys("padSequences", options, ["maxlen", "dtype", "padding", "truncating", "value"]);
  const { dtype = "int32", padding = "pre", truncating = "pre", value = 0 } = options;
  checkDType(dtype);
  for (const [name, side] of Object.entries({ padding, truncating }))
    if (side !== "pre" && side !== "post") throw unknownName(name, side, ["pre", "post"]);
  if (typeof value !== "number")
    throw new ArgumentError(`padSequences: value is ${formatValue(value)}, expected a number.`);
  const isRow = (row: unknown) => Array.isArray(row) && row.every((each) => typeof each === "number");
  if (!Array.isArray(sequences) || !sequences.every(isRow))
    throw new ArgumentError(
      `padSequences: sequences is ${formatValue(sequences)}, expected a list of lists of numbers.`,
    );
  const length = options.maxlen ?? sequences.reduce((most, row) => Math.max(most, row.length), 0);
  checkWhole("padSequences", "maxlen", length, 0);
  const values = allocate("float32" === dtype ? dtype : "int32", sequences.length * length).fill(value);
  sequences.forEach((row, i) => {
    const kept = truncating === "post" ? row.slice(0, length) : row.slice(Math.max(0, row.length - length));
    values.set(kept, i * length + (padding === "post" ? 0 : length - kept.length));
  });
  return new Tensor(values, [sequences.length, length]).astype(dtype);
}
