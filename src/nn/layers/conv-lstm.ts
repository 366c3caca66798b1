/** What ConvLSTM1D and ConvLSTM2D share. K: `layers/rnn/conv_lstm.py`. */
import { refuseOption } from "../../base/options.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { activation } from "../activations.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { integer, type OptionsOf, sizes, value } from "../option-kinds.ts";
import { padding } from "./arguments.ts";
import { ConvLSTMCell, type ConvLSTMCellOptions } from "./conv-lstm-cell.ts";
import { Recurrent, type SequenceOptions } from "./recurrent.ts";
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
export const convLSTMOptions = <const Rank extends 1 | 2>(rank: Rank) => ({
  ...sequenceOptions,
  /** Channels of the output, and of each state. */
  filters: integer({ min: 1 }),
  /** Extent of the kernels along each spatial axis. */
  kernelSize: sizes(rank),
  /** Distance of neighbouring windows of the input. Default 1. */
  strides: sizes(rank, { default: 1 }),
  /** Of the input: "valid" or "same"; that of a state is always "same". Default "valid". */
  padding: padding(),
  /** Only "channels_last". */
  dataFormat: value<"channels_last", "channels_last", "channels_last" | null>(
    (given, owner, name) =>
      given === null || given === "channels_last"
        ? "channels_last"
        : refuseOption(owner, name, given, '"channels_last"'),
    { default: "channels_last" },
  ),
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

export type ConvLSTMValues = OptionsOf<ReturnType<typeof convLSTMOptions<1 | 2>>>;

export abstract class ConvLSTM<
  O extends SequenceOptions & ConvLSTMCellOptions,
  Y extends Nested<Sym>,
> extends Recurrent<O, Y> {
  override readonly cell: Cell;
  readonly #cell: ConvLSTMCell;

  constructor(options: object) {
    super(options);
    this.#cell = new ConvLSTMCell(this.title, this.options);
    this.cell = this.#cell as unknown as Cell;
  }

  override computeOutputShape(inputShape: BatchShape): Nested<BatchShape> {
    const { kernelSize } = this.options;
    this.requireRank(inputShape, kernelSize.length + 3, "[batch, time, …sizes, channels]");
    const [rows, steps, ...step] = inputShape as [number | null, number | null, ...(number | null)[]];
    const state = this.#cell.stateShape([rows, ...step]);
    return this.outputShapes(rows, steps, state, [
      [rows, ...state],
      [rows, ...state],
    ]);
  }
}
