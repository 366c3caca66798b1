/** An array of numbers in a file, whatever its format. */
import type { Shape } from "../base/shape.ts";

export interface StoredArray {
  /** For messages: its name in the file, in quotes. */
  readonly title: string;
  readonly shape: Shape;
  /** The values as float32. Compare `shape` first: it says how much memory they take. */
  read(): Promise<Float32Array>;
}
