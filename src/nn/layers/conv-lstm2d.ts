import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { ConvLSTM, convLSTMOptions } from "./conv-lstm.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convLSTMOptions(2);

export type ConvLSTM2DOptions = GivenOptions<typeof options>;

/**
 * An LSTM whose products with inputs and states are 2-D convolutions (Shi et al. 2015). K: `layers/rnn/conv_lstm2d.py`.
 *
 * [batch, time, height, width, channels] → [batch, newHeight, newWidth, filters], with `returnSequences` the outputs of all time
 * steps; with `returnState` a list: the output, then the states. Weights: `kernel` [kernelHeight, kernelWidth, channels, 4 filters],
 * `recurrent_kernel` [kernelHeight, kernelWidth, filters, 4 filters], `bias` [4 filters].
 *
 * @typeParam R whether `returnState` is true
 * @throws ShapeError where the kernel does not fit, or a size is not known
 * @example
 * ```ts
 * import { ConvLSTM2D } from "fovea/layers";
 * const layer = new ConvLSTM2D({ filters: 8, kernelSize: 3, padding: "same" });
 * layer.computeOutputShape([null, 5, 28, 28, 1]); // [null, 28, 28, 8]
 * ```
 */
export class ConvLSTM2D<R extends boolean = false> extends ConvLSTM<
  OptionsOf<typeof options>,
  R extends true ? readonly [Sym, Sym, Sym] : Sym
> {
  static override readonly className = "ConvLSTM2D";
  static override readonly options = options;

  constructor(given: ConvLSTM2DOptions & LayerOptions & { readonly returnState?: R | undefined }) {
    super(given);
  }
}
