/** What the ConvLSTM layers share. K: `layers/rnn/conv_lstm.py`. */
import { mapNested, type Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { transpose } from "../../ops/mat-mul.ts";
import { activation } from "../activations.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import { conv } from "../operations/windows.ts";
import { integer, type OptionsOf, sizes } from "../option-kinds.ts";
import { type DataFormat, dataFormat, padding, type SpatialRank } from "./arguments.ts";
import { ConvLSTMCell, type ConvLSTMCellOptions, type Convolve } from "./conv-lstm-cell.ts";
import { Recurrent, type RecurrentCallOptions, type SequenceOptions } from "./recurrent.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  forgetBias,
  outputRegularizer,
  recurrentActivation,
  sequenceOptions,
  weightConstraints,
  weightInitializers,
  weightRegularizers,
} from "./recurrent-options.ts";
import type { Cell } from "./rnn-cell.ts";

/** Options over `rank` spatial axes, in the order of Keras's config. */
export const convLSTMOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  ...sequenceOptions,
  /** Channels of the output, and of each state. */
  filters: integer({ min: 1 }),
  /** Extent of the kernels along each spatial axis. */
  kernelSize: sizes(rank),
  /** Distance of neighbouring windows of the input. Default 1. */
  strides: sizes(rank, { default: 1 }),
  /** Of the input: "valid" or "same"; that of a state is always "same". Default "valid". */
  padding: padding(),
  /** Where the channels of inputs, outputs and states are. Default "channels_last". */
  dataFormat: dataFormat(),
  /** Distance of the cells of a window of the input. Not together with strides. Default 1. */
  dilationRate: sizes(rank, { default: 1 }),
  /** Of the output. Default "tanh". */
  activation: activation("tanh"),
  ...recurrentActivation,
  ...bias,
  ...weightInitializers,
  ...forgetBias,
  ...weightRegularizers,
  ...outputRegularizer,
  ...weightConstraints,
  ...dropoutRates,
  ...dropoutSeed,
});

export type ConvLSTMValues = OptionsOf<ReturnType<typeof convLSTMOptions<SpatialRank>>>;

export abstract class ConvLSTM<
  O extends SequenceOptions & ConvLSTMCellOptions & { readonly dataFormat: DataFormat },
  Y extends Nested<Sym>,
> extends Recurrent<O, Y> {
  override readonly cell: Cell;
  readonly #cell: ConvLSTMCell;

  constructor(options: object, convolve: Convolve = conv) {
    super(options);
    this.#cell = new ConvLSTMCell(this.title, this.options, convolve);
    this.cell = this.#cell as unknown as Cell;
  }

  /** Entries of axes with that of the channels, which is the one numbered `at`, at the end. */
  #channelsLast<T>(axes: readonly T[], at: number): readonly T[] {
    return this.options.dataFormat === "channels_first" ? [...axes.toSpliced(at, 1), axes[at]!] : axes;
  }

  /** Entries of axes whose last one is the channels', in the order of the layer. */
  #inOrder<T>(axes: readonly T[], at: number): readonly T[] {
    return this.options.dataFormat === "channels_first" ? axes.slice(0, -1).toSpliced(at, 0, axes.at(-1)!) : axes;
  }

  override computeOutputShape(inputShape: BatchShape): Nested<BatchShape> {
    const { kernelSize, dataFormat } = this.options;
    const axes = dataFormat === "channels_first" ? "channels, …sizes" : "…sizes, channels";
    this.requireRank(inputShape, kernelSize.length + 3, `[batch, time, ${axes}]`);
    const [rows, steps, ...step] = this.#channelsLast(inputShape, 2) as (number | null)[];
    const last = this.#cell.stateShape([rows!, ...step]);
    const state = this.#inOrder(last, 0);
    const shape = [rows!, ...state];
    return this.outputShapes(rows!, steps!, state, [shape, shape]);
  }

  override build(inputShape: BatchShape): void {
    super.build(this.#channelsLast(inputShape, 2));
  }

  /** For the shape whose channels are last. */
  protected override stateRowsOf(inputShape: BatchShape): readonly (readonly number[])[] {
    const row = this.#cell.stateShape([null, ...inputShape.slice(2)]);
    return [row, row];
  }

  override call(x: Sym, { initialState, ...options }: RecurrentCallOptions = {}): Y {
    const turn = (value: Sym, at: number) => transpose(value, this.#channelsLast([...value.spec.shape.keys()], at));
    const turnBack = (value: Sym, at: number) => transpose(value, this.#inOrder([...value.spec.shape.keys()], at));
    if (this.options.dataFormat === "channels_last") return super.call(x, { ...options, initialState });
    const before = initialState == null ? initialState : mapNested<Sym, Sym>(initialState, isSym, (s) => turn(s, 1));
    const made = super.call(turn(x, 2), { ...options, initialState: before });
    const axis = this.options.returnSequences ? 2 : 1;
    if (!this.options.returnState) return turnBack(made as Sym, axis) as Y;
    const [output, ...states] = made as readonly Sym[];
    return [turnBack(output!, axis), ...states.map((state) => turnBack(state, 1))] as unknown as Y;
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number | undefined {
    return super.multiplyAdds(this.#channelsLast(inputShape, 1), outputShape);
  }
}
