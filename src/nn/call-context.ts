import type { Sym } from "../ir/graph.ts";
import type { Variable } from "./variable.ts";

/** What a layer sees while a step is written. */
export interface CallContext {
  /** Whether the step trains: Dropout drops then, and only then. */
  readonly training: boolean;
  /** The value of a variable at the start of the step, or what a layer has stated since: a shared layer goes on from there. */
  read(variable: Variable): Sym;
  /** States a variable's value after the step. It does not come to be when the step's loss is NaN or infinite. */
  update(variable: Variable, value: Sym): void;
  /** Number of training steps taken so far, a float32 scalar; random ops draw by it. */
  readonly step: Sym;
}
