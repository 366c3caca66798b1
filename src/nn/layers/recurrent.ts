/** The base of layers that run a cell over the time steps of a sequence. K: `layers/rnn/rnn.py`. */
import { ArgumentError, ShapeError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, sameShape, sizeOf } from "../../base/shape.ts";
import { flatten, mapNested, type Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { where } from "../../ops/elementwise.ts";
import { gather, scatterAdd } from "../../ops/gather.ts";
import { reshape } from "../../ops/reshape.ts";
import { rowNumber } from "../../ops/row-number.ts";
import { stack, unstack } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import type { OptionsOf, OptionTable } from "../option-kinds.ts";
import { Variable } from "../variable.ts";
import type { Reading } from "./reading.ts";
import type { sequenceOptions } from "./recurrent-options.ts";
import {
  beginCell,
  type Cell,
  initialStatesOf,
  isSize,
  outputSizeOf,
  packStates,
  type StateSize,
  type States,
  zeroState,
  zipStates,
} from "./rnn-cell.ts";
import { UnaryLayer } from "./unary-layer.ts";

/** What `call` and `apply` of a recurrent layer take besides the sequence. */
export interface RecurrentCallOptions extends CallOptions {
  /** States before the first step, in the order of those that `returnState` gives. Default: zeros. */
  readonly initialState?: Nested<Sym> | undefined;
}

export type SequenceOptions = OptionsOf<typeof sequenceOptions>;

export abstract class Recurrent<
  O extends SequenceOptions = SequenceOptions,
  Y extends Nested<Sym> = Sym,
> extends UnaryLayer<O, Y> {
  /** Computes one time step. */
  abstract readonly cell: Cell;
  /** With `stateful`, once the layer is built. No weights, as in Keras: files do not hold them. */
  #kept: readonly Variable[] | undefined;

  override get callArguments(): readonly string[] {
    return ["initialState"];
  }

  override computeOutputShape(inputShape: BatchShape): Nested<BatchShape> {
    const [rows, steps] = inputShape as [number | null, number | null];
    const { inputRank = inputShape.length - 1 } = this.cell;
    if (inputShape.length < 3 || inputShape.length !== inputRank + 1)
      throw new ShapeError(
        `${this.title} takes sequences [batch, time, features], got ${formatShape(inputShape)}. Set inputShape or add a Reshape layer.`,
      );
    this.knownAxis(inputShape, -1);
    return this.outputShapes(rows, steps, [outputSizeOf(this.cell)], this.stateRows());
  }

  /** The shapes of what `call` gives, for outputs and states with rows of these shapes. */
  protected outputShapes(
    rows: number | null,
    steps: number | null,
    output: BatchShape,
    states: readonly Nested<BatchShape>[],
  ): Nested<BatchShape> {
    const shape = this.options.returnSequences ? [rows, steps, ...output] : [rows, ...output];
    return this.options.returnState ? [shape, ...states] : shape;
  }

  /** The shapes of the states, for any number of rows. */
  protected stateRows(): readonly Nested<BatchShape>[] {
    const sizes: StateSize = this.cell.stateSize;
    const list = isSize(sizes) ? [sizes] : sizes;
    return list.map((each) => mapNested<number, BatchShape>(each, isSize, (size) => [null, size]));
  }

  override build(inputShape: BatchShape): void {
    this.cell.build([inputShape[0]!, ...inputShape.slice(2)]);
    if (this.options.stateful && this.#kept === undefined) this.#kept = this.#makeStates(inputShape);
  }

  /** The states that are kept from batch to batch, where the layer is stateful: of a fixed number of rows. */
  #makeStates(inputShape: BatchShape): readonly Variable[] {
    const rows = inputShape[0] ?? this.batchInputShape?.[0] ?? null;
    if (rows === null)
      throw new ShapeError(
        `${this.title} is stateful: it keeps a state for each row of a batch, so the batch has to have a fixed size. Give the layer batchInputShape: [8, …], or the model an input({ batchShape: [8, …] }).`,
      );
    return this.stateRowsOf(inputShape).map((row, i) => {
      const shape = [rows, ...row];
      const name = i === 0 ? "rnn_state" : `rnn_state_${i}`;
      const variable = new Variable({ name, shape, trainable: false, value: new Float32Array(sizeOf(shape)) });
      variable.path = `${this.name}/${name}`;
      return variable;
    });
  }

  /** The shape of a row of each state, for the shape that the layer is built for. */
  protected stateRowsOf(_inputShape: BatchShape): readonly (readonly number[])[] {
    return flatten<number>(this.cell.stateSize, isSize).map((size) => [size]);
  }

  /**
   * Begins anew with zeros, where the layer is stateful: the next batch does not follow the last one.
   *
   * @throws StateError for a layer that is not stateful
   */
  resetStates(): void {
    if (!this.options.stateful) throw new StateError(`${this.title} is not stateful: it has no states to reset.`);
    for (const state of this.#kept ?? []) state.value = new Float32Array(state.size);
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  override call(x: Sym, { training = false, mask, initialState }: RecurrentCallOptions = {}): Y {
    const { returnSequences, returnState, goBackwards, zeroOutputForMask } = this.options;
    const run = beginCell(this.cell, x, training);
    const order = <T>(list: readonly T[]): readonly T[] => (goBackwards ? list.toReversed() : list);
    const inputs = order(unstack(run.project(x), 1));
    const masks = isSym(mask) ? order(this.#masksOf(mask, x)) : undefined;
    let states = this.#statesBefore(x, initialState);
    const outputs: Sym[] = [];
    inputs.forEach((input, i) => {
      const [output, after] = run.step(input, states);
      const counts = masks?.[i];
      if (counts === undefined) {
        outputs.push(output);
        states = after;
        return;
      }
      const choose = (yes: Sym, no: Sym) => where(0, spread(counts, yes), yes, no);
      const last = outputs.at(-1);
      const rest = zeroOutputForMask || last === undefined ? zeroState(x, output.spec.shape.slice(1)) : last;
      outputs.push(choose(output, rest));
      states = zipStates(after, states, choose);
    });
    this.#keep(x, states);
    const output = returnSequences ? stack(outputs, 1) : outputs.at(-1)!;
    return (returnState ? [output, ...states] : output) as Y;
  }

  /** The mask of each time step, [batch]. */
  #masksOf(mask: Sym, x: Sym): readonly Sym[] {
    const wanted = x.spec.shape.slice(0, 2);
    const { shape } = mask.spec;
    const flat = shape.length === 3 && shape[2] === 1 ? reshape(mask, wanted) : mask;
    if (!sameShape(flat.spec.shape, wanted))
      throw new ShapeError(
        `${this.title}: its mask has shape ${formatShape(shape, true)}, expected [batch, time]: ${formatShape(wanted, true)}.`,
      );
    return unstack(flat, 1);
  }

  #statesBefore(x: Sym, given: Nested<Sym> | undefined): States {
    const zeros = initialStatesOf(this.cell, x);
    if (given === undefined || given === null) return this.#read(x, zeros);
    const expected = flatten<Sym>(zeros, isSym);
    const list = flatten<unknown>(given as Nested<unknown>, (each): each is unknown => !Array.isArray(each));
    if (list.length !== expected.length || !list.every(isSym))
      throw new ArgumentError(
        `${this.title}: initialState is ${formatValue(given)}, expected ${expected.length === 1 ? "one state" : `a list of ${expected.length} states`}.`,
      );
    const states = list as readonly Sym[];
    states.forEach(({ spec }, i) => {
      const { shape } = expected[i]!.spec;
      if (!sameShape(spec.shape, shape))
        throw new ShapeError(
          `${this.title}: state ${i} of initialState has shape ${formatShape(spec.shape, spec.batched)}, expected ${formatShape(shape, true)}.`,
        );
    });
    return packStates(zeros, states);
  }

  /** The states that were kept, row by row. */
  #read(x: Sym, zeros: States): States {
    if (this.#kept === undefined) return zeros;
    const rows = this.#kept[0]!.shape[0]!;
    if (x.spec.shape[0]! > rows)
      throw new ShapeError(
        `${this.title} keeps the states of ${rows} rows, and the batch may have ${x.spec.shape[0]}: set batchSize to ${rows}.`,
      );
    const numbers = rowNumber(x);
    return packStates(
      zeros,
      this.#kept.map((state) => gather(state.read(), numbers, 0)),
    );
  }

  #keep(x: Sym, states: States): void {
    const values = flatten<Sym>(states, isSym);
    this.#kept?.forEach((state, i) => {
      state.assign(scatterAdd(rowNumber(x), values[i]!, state.shape[0]!));
    });
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeMask(_x: Sym, mask: Nested<Sym | undefined>): (Sym | undefined)[] {
    return [this.options.returnSequences && isSym(mask) ? mask : undefined];
  }

  override reading(): Reading {
    return { kind: "all" };
  }

  override multiplyAdds(inputShape: readonly number[], _outputShape: readonly number[]): number | undefined {
    const step = this.cell.multiplyAdds(inputShape.slice(1), []);
    return step === undefined ? undefined : step * inputShape[0]!;
  }

  override get sharesWeights(): boolean {
    return true;
  }
}

/** A mask of rows with as many axes as the value that it is for. */
function spread(mask: Sym, value: Sym): Sym {
  const { shape } = value.spec;
  return reshape(mask, [shape[0]!, ...new Array<number>(shape.length - 1).fill(1)]);
}

/** Of the options of a layer, those that its cell takes. */
export function cellOptions<T extends object>(given: object, table: T): OptionsOf<T & OptionTable> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name in table)) as OptionsOf<T & OptionTable>;
}
