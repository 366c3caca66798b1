import type { Sym } from "../../ir/graph.ts";
import { type Conv3dAttrs, conv3d } from "../../ops/conv3d.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { windowPads } from "./arguments.ts";
import { ConvLSTM, convLSTMOptions } from "./conv-lstm.ts";
import type { Convolve } from "./conv-lstm-cell.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convLSTMOptions(3);

export type ConvLSTM3DOptions = GivenOptions<typeof options>;

const convolve: Convolve = (x, kernel, { strides = [1, 1, 1], padding = "valid", dilationRate = [1, 1, 1] }) => {
  const [steps, dilation] = [strides, dilationRate] as unknown as [Conv3dAttrs["strides"], Conv3dAttrs["dilation"]];
  const window = { size: kernel.spec.shape.slice(0, 3), strides: steps, dilation, padding };
  const pad = windowPads(x.spec.shape.slice(1, -1), window) as unknown as Conv3dAttrs["pad"];
  return conv3d(x, kernel, { strides: steps, pad, dilation, groups: 1 });
};

/**
 * An LSTM whose products with inputs and states are 3-D convolutions (Shi et al. 2015). K: `layers/rnn/conv_lstm3d.py`.
 *
 * [batch, time, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, filters], with `returnSequences` the
 * outputs of all time steps; with `returnState` a list: the output, then the states. Weights: `kernel` [kernelDepth, kernelHeight, kernelWidth, channels, 4 filters],
 * `recurrent_kernel` [kernelDepth, kernelHeight, kernelWidth, filters, 4 filters], `bias` [4 filters].
 *
 * @typeParam R whether `returnState` is true
 * @throws ShapeError where the kernel does not fit, or a size is not known
 * @example
 * ```ts
 * import { ConvLSTM3D } from "fovea/layers";
 * const layer = new ConvLSTM3D({ filters: 8, kernelSize: 3, padding: "same" });
 * layer.computeOutputShape([null, 5, 6, 28, 28, 1]); // [null, 6, 28, 28, 8]
 * ```
 */
export class ConvLSTM3D<R extends boolean = false> extends ConvLSTM<
  OptionsOf<typeof options>,
  R extends true ? readonly [Sym, Sym, Sym] : Sym
> {
  static override readonly className = "ConvLSTM3D";
  static override readonly options = options;

  constructor(given: ConvLSTM3DOptions & LayerOptions & { readonly returnState?: R | undefined }) {
    super(given, convolve);
  }
}
