import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { cellOptions, Recurrent } from "./recurrent.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  outputRegularizer,
  sequenceOptions,
  units,
  weightConstraints,
  weightInitializers,
  weightRegularizers,
} from "./recurrent-options.ts";
import type { Cell } from "./rnn-cell.ts";
import { SimpleRNNCell } from "./simple-rnn-cell.ts";

const options = {
  ...sequenceOptions,
  ...units,
  ...bias,
  ...weightInitializers,
  ...weightRegularizers,
  ...outputRegularizer,
  ...weightConstraints,
  ...dropoutRates,
  /** Of dropout. Default null: from `setSeed`. Keras leaves it out of the config. */
  seed: { ...dropoutSeed.seed, write: () => undefined },
};

export type SimpleRNNOptions = GivenOptions<typeof options>;

/**
 * A plain recurrent layer (Elman 1990): h' = activation(x · kernel + h · recurrent_kernel + bias).
 * K: `layers/rnn/simple_rnn.py`.
 *
 * [batch, time, inputs] → [batch, units], with `returnSequences` [batch, time, units]; with `returnState` a list: the output,
 * then the state [batch, units]. A time step that the mask leaves out changes no state. Weights, those of its cell:
 * `kernel` [inputs, units], `recurrent_kernel` [units, units], `bias` [units].
 *
 * @typeParam R whether `returnState` is true
 * @example
 * ```ts
 * import { SimpleRNN } from "fovea/layers";
 * new SimpleRNN({ units: 4, returnSequences: true }).computeOutputShape([null, 5, 3]); // [null, 5, 4]
 * ```
 */
export class SimpleRNN<R extends boolean = false> extends Recurrent<
  OptionsOf<typeof options>,
  R extends true ? readonly [Sym, Sym] : Sym
> {
  static override readonly className = "SimpleRNN";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: number };
  override readonly cell: Cell;

  constructor(given: SimpleRNNOptions & LayerOptions & { readonly returnState?: R | undefined }) {
    super(given);
    this.cell = new SimpleRNNCell({
      ...cellOptions(this.options, SimpleRNNCell.options),
      name: "simple_rnn_cell",
    }) as unknown as Cell;
  }
}
