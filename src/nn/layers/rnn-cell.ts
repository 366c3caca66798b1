/** What RNN and its cells share: the contract of a cell, its states, and how it is run over many time steps. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import { flatten, mapNested, type Nested, pack } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { literal } from "../../ops/literal.ts";
import { broadcastTo } from "../../ops/reduce.ts";
import type { CallOptions } from "../call-context.ts";
import { checkOneShape, checkSym, guard, takesSyms } from "../doors.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import { Layer } from "./layer.ts";
import { oneInput } from "./layer-inputs.ts";

/** The states of a cell: one value or more; a stack has a list for each of its cells. */
export type States = readonly (Sym | readonly Sym[])[];

/** What a cell gives for one time step: its output and its new states, in the structure of the old ones. */
export type CellResult = readonly [output: Sym, states: States];

/** What a cell's `call` is told besides the input of the time step. */
export interface CellOptions extends CallOptions {
  /** States before the step. Default: zeros. */
  readonly states?: States | undefined;
}

/** Values of each state; a stack has a list for each of its cells. */
export type StateSize = number | readonly (number | readonly number[])[];

/**
 * A layer that computes one time step: `call(x, { states })` gives [output, states]. It states how many values its states have;
 * an own one also names "states" among its `callArguments`.
 */
export interface Cell extends Layer<object, CellResult> {
  readonly stateSize: StateSize;
  /** Values of the output. Default: those of the first state. */
  readonly outputSize?: number;
  /** Axes of the input of a step, batch included. Default: any. */
  readonly inputRank?: number | undefined;
  /** States before the first step, for the rows of `like`. Default: zeros of `stateSize`. */
  initialStates?(like: Sym): States;
  /** Begins to run over the time steps of an input [batch, …] or [batch, time, …]. Default: `call`, step by step. */
  begin?(like: Sym, training: boolean): CellRun;
}

/** A cell while it runs over time steps: masks of dropout are drawn once for all of them. */
export interface CellRun {
  /** What the inputs alone contribute, of one step [batch, …] or of all at once [batch, time, …]. */
  project(x: Sym): Sym;
  /** One step, from what `project` gave for it. */
  step(projected: Sym, states: States): CellResult;
}

/** Tells the sizes in a structure of them. */
export const isSize = (value: unknown): value is number => typeof value === "number";

/** Whether a layer states what a cell must. */
export const isCell = (layer: object): layer is Cell => "stateSize" in layer && layer.stateSize !== undefined;

export function beginCell(cell: Cell, like: Sym, training: boolean): CellRun {
  return (
    cell.begin?.(like, training) ?? {
      project: (x) => x,
      step: (x, states) => cell.call(x, { states, training } as CellOptions),
    }
  );
}

/** Zeros for the rows of `like`. */
export function zeroState(like: Sym, row: readonly number[]): Sym {
  const { shape, batched } = like.spec;
  return broadcastTo(literal(like.builder, [0], []), { shape: [shape[0]!, ...row], dtype: "float32", batched });
}

/** The states of a cell before its first step. */
export function initialStatesOf(cell: Cell, like: Sym): States {
  if (cell.initialStates !== undefined) return cell.initialStates(like);
  const { stateSize } = cell;
  const sizes: Nested<number> = typeof stateSize === "number" ? [stateSize] : stateSize;
  return mapNested<number, Sym>(sizes, isSize, (size) => zeroState(like, [size])) as States;
}

/** Values of a cell's output. */
export function outputSizeOf({ stateSize, outputSize }: Cell): number {
  return outputSize ?? flatten<number>(stateSize, isSize)[0]!;
}

/** Joins two structures of states value by value. */
export function zipStates(a: States, b: States, join: (a: Sym, b: Sym) => Sym): States {
  const others = flatten<Sym>(b, isSym);
  let next = 0;
  return mapNested<Sym, Sym>(a, isSym, (value) => join(value, others[next++]!)) as States;
}

/** The given values in the structure of the states. */
export const packStates = (states: States, values: readonly Sym[]): States =>
  pack<Sym, Sym>(states, isSym, values) as States;

/** The base of Keras's cells. */
export abstract class RNNCell<O extends object = object> extends Layer<O, CellResult> {
  abstract get stateSize(): StateSize;
  abstract begin(like: Sym, training: boolean): CellRun;

  constructor(options: object) {
    super(options as never);
    takesSyms(this, this.title, "initialStates", ["like"]);
    guard(this, "begin", (like) => checkSym(`${this.title}.begin`, "like", like));
  }

  /** Axes of the input of a step, batch included; undefined: any. */
  get inputRank(): number | undefined {
    return undefined;
  }

  protected override requireShapes(who: string, shapes: unknown): void {
    checkOneShape(who, shapes);
  }

  protected override takeInputs<T>(inputs: Nested<T>): Nested<T> {
    return oneInput(this.title, inputs);
  }

  protected override checkInputShape(inputShape: BatchShape): void {
    const { inputRank } = this;
    if (inputRank !== undefined && inputShape.length !== inputRank)
      throw new ShapeError(
        `${this.title} takes one time step of ${inputRank} axes, batch included, got ${formatShape(inputShape)}.`,
      );
  }

  override get callArguments(): readonly string[] {
    return ["states"];
  }

  override call(x: Sym, { training = false, states }: CellOptions = {}): CellResult {
    const run = this.begin(x, training);
    return run.step(run.project(x), states ?? initialStatesOf(this as unknown as Cell, x));
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
