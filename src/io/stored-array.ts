/** An array of numbers in a file, whatever its format. */
import type { Shape } from "../base/shape.ts";
import type { NumberType } from "./numbers.ts";

export interface StoredArray {
  /** For messages: its name in the file, in quotes. */
  readonly title: string;
  readonly shape: Shape;
  /** How each number is stored. */
  readonly datatype: NumberType;
  /** The values as float32. Compare `shape` first: it says how much memory they take. */
  read(): Promise<Float32Array>;
}
