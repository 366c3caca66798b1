import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { ConvLSTM, convLSTMOptions } from "./conv-lstm.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convLSTMOptions(1);

export type ConvLSTM1DOptions = GivenOptions<typeof options>;

/**
 * An LSTM whose products with inputs and states are 1-D convolutions (Shi et al. 2015). K: `layers/rnn/conv_lstm1d.py`.
 *
 * [batch, time, length, channels] → [batch, newLength, filters], with `returnSequences` the outputs of all time
 * steps; with `returnState` a list: the output, then the states. Weights: `kernel` [kernelLength, channels, 4 filters],
 * `recurrent_kernel` [kernelLength, filters, 4 filters], `bias` [4 filters].
 *
 * @typeParam R whether `returnState` is true
 * @throws ShapeError where the kernel does not fit, or a size is not known
 * @example
 * ```ts
 * import { ConvLSTM1D } from "fovea/layers";
 * const layer = new ConvLSTM1D({ filters: 8, kernelSize: 3, padding: "same" });
 * layer.computeOutputShape([null, 5, 20, 4]); // [null, 20, 8]
 * ```
 */
export class ConvLSTM1D<R extends boolean = false> extends ConvLSTM<
  OptionsOf<typeof options>,
  R extends true ? readonly [Sym, Sym, Sym] : Sym
> {
  static override readonly className = "ConvLSTM1D";
  static override readonly options = options;

  constructor(given: ConvLSTM1DOptions & LayerOptions & { readonly returnState?: R | undefined }) {
    super(given);
  }
}
