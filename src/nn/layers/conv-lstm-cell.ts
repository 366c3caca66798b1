/** The cell of the ConvLSTM layers. K: `layers/rnn/conv_lstm.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape, type Padding, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { split } from "../../ops/slice.ts";
import { type ActivationLike, activate } from "../activations.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { ConvOptions } from "../operations/windows.ts";
import type { OptionsOf } from "../option-kinds.ts";
import { keyOfSeed } from "../process-state.ts";
import type { Variable } from "../variable.ts";
import { fittingSizes } from "./arguments.ts";
import { dropoutMask } from "./dropout-mask.ts";
import type { dropoutRates } from "./recurrent-options.ts";
import { addRecurrentWeights, type RecurrentWeightOptions } from "./recurrent-weights.ts";
import { type CellResult, type CellRun, RNNCell, type StateSize, type States, zeroState } from "./rnn-cell.ts";

export interface ConvLSTMCellOptions extends RecurrentWeightOptions, OptionsOf<typeof dropoutRates> {
  readonly filters: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly dilationRate: readonly number[];
  readonly activation: ActivationLike;
  readonly recurrentActivation: ActivationLike;
  readonly unitForgetBias: boolean;
  readonly seed: number | null;
}

/** A convolution over the spatial axes of x [batch, …sizes, channels]. */
export type Convolve = (x: Sym, kernel: Sym, options: ConvOptions) => Sym;

/** One time step of an LSTM whose products are convolutions (Shi et al. 2015); states are images. */
export class ConvLSTMCell extends RNNCell {
  static override readonly className = "ConvLSTMCell";
  /** [...kernelSize, channels, 4 filters]. */
  kernel!: Variable;
  /** [...kernelSize, filters, 4 filters]. */
  recurrentKernel!: Variable;
  /** [4 filters], with `useBias`. */
  bias: Variable | undefined;
  readonly #owner: string;
  readonly #given: ConvLSTMCellOptions;
  readonly #convolve: Convolve;

  /** @param owner the layer that runs it, for messages */
  constructor(owner: string, given: ConvLSTMCellOptions, convolve: Convolve) {
    super({ name: "conv_lstm_cell" } as never);
    this.#owner = owner;
    this.#given = given;
    this.#convolve = convolve;
    if (Math.max(...given.strides) > 1 && Math.max(...given.dilationRate) > 1)
      throw new ArgumentError(`${owner}: strides and dilationRate cannot both be above 1.`);
    this.randomKey = keyOfSeed(given.seed);
  }

  /** The shape of a row of each state, for the shape that a step's input has. */
  stateShape(inputShape: BatchShape): readonly number[] {
    const { kernelSize, strides, dilationRate, padding, filters } = this.#given;
    if (inputShape.length !== kernelSize.length + 2 || inputShape.slice(1).includes(null))
      throw new ShapeError(
        `${this.#owner} takes sequences of images whose sizes are known, got steps of ${formatShape(inputShape)}.`,
      );
    const window = { size: kernelSize, strides, dilation: dilationRate, padding };
    const sizes = fittingSizes(this.#owner, "kernel", "kernelSize", inputShape.slice(1, -1), window);
    return [...(sizes as readonly number[]), filters];
  }

  get stateSize(): StateSize {
    return [this.#given.filters, this.#given.filters];
  }

  override build(inputShape: BatchShape): void {
    const { filters, kernelSize } = this.#given;
    const width = 4 * filters;
    const shapes = {
      kernel: [...kernelSize, inputShape.at(-1)!, width],
      recurrentKernel: [...kernelSize, filters, width],
      bias: [width],
    };
    const weights = addRecurrentWeights(this, shapes, this.#given);
    ({ kernel: this.kernel, recurrentKernel: this.recurrentKernel, bias: this.bias } = weights);
  }

  /** Zeros for the rows of a sequence. */
  initialStates(like: Sym): States {
    const { shape } = like.spec;
    const row = this.stateShape([shape[0]!, ...shape.slice(2)]);
    return [zeroState(like, row), zeroState(like, row)];
  }

  begin(like: Sym, training: boolean): CellRun {
    const { strides, padding, dilationRate, dropout, recurrentDropout, filters } = this.#given;
    const { shape } = like.spec;
    const step = shape.slice(2);
    const drop = (rate: number, which: number, row: readonly number[]) =>
      dropoutMask(this.#owner, training ? rate : 0, { like, key: this.randomKey!, which, row });
    const ofInput = drop(dropout, 0, step);
    const ofState = drop(recurrentDropout, 1, this.stateShape([shape[0]!, ...step]));
    const { activation, recurrentActivation: gate } = this.#given;
    return {
      // A convolution takes one step at a time: rows of a batch cannot be joined with steps.
      project: ofInput,
      step: (x, states): CellResult => {
        const [h, c] = states as [Sym, Sym];
        const fromInput = this.#convolve(x, this.kernel.read(), { strides, padding, dilationRate });
        const fromState = this.#convolve(ofState(h), this.recurrentKernel.read(), { padding: "same" });
        const biased = this.bias === undefined ? fromInput : add(fromInput, this.bias.read());
        const quarters = new Array<number>(4).fill(filters);
        const gates = split(add(biased, fromState), quarters, shape.length - 2) as [Sym, Sym, Sym, Sym];
        const [i, f, g, o] = gates;
        const memory = add(mul(activate(gate, f), c), mul(activate(gate, i), activate(activation, g)));
        const output = mul(activate(gate, o), activate(activation, memory));
        return [output, [output, memory]];
      },
    };
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    const sizes = this.stateShape([null, ...inputShape]).slice(0, -1);
    return sizeOf(sizes) * (this.kernel.size + this.recurrentKernel.size);
  }
}
