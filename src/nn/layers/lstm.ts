import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { LSTMCell } from "./lstm-cell.ts";
import { cellOptions, Recurrent } from "./recurrent.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  forgetBias,
  outputRegularizer,
  recurrentActivation,
  sequenceOptions,
  units,
  weightConstraints,
  weightInitializers,
  weightRegularizers,
} from "./recurrent-options.ts";
import type { Cell } from "./rnn-cell.ts";

const options = {
  ...sequenceOptions,
  ...units,
  ...recurrentActivation,
  ...bias,
  ...weightInitializers,
  ...forgetBias,
  ...weightRegularizers,
  ...outputRegularizer,
  ...weightConstraints,
  ...dropoutRates,
  ...dropoutSeed,
};

export type LSTMOptions = GivenOptions<typeof options>;

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997), with a memory c beside the state h; `LSTMCell` has the formulas.
 * K: `layers/rnn/lstm.py`.
 *
 * [batch, time, inputs] → [batch, units], with `returnSequences` [batch, time, units]; with `returnState` a list: the output,
 * then h and c, [batch, units] each. A time step that the mask leaves out changes no state. Weights, those of its cell:
 * `kernel` [inputs, 4 units] for the gates i, f, g, o, `recurrent_kernel` [units, 4 units], `bias` [4 units].
 *
 * @typeParam R whether `returnState` is true
 * @example
 * ```ts
 * import { LSTM } from "fovea/layers";
 * new LSTM({ units: 4, returnSequences: true }).computeOutputShape([null, 5, 3]); // [null, 5, 4]
 * ```
 */
export class LSTM<R extends boolean = false> extends Recurrent<
  OptionsOf<typeof options>,
  R extends true ? readonly [Sym, Sym, Sym] : Sym
> {
  static override readonly className = "LSTM";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: number };
  override readonly cell: Cell;

  constructor(given: LSTMOptions & LayerOptions & { readonly returnState?: R | undefined }) {
    super(given);
    this.cell = new LSTMCell({ ...cellOptions(this.options, LSTMCell.options), name: "lstm_cell" }) as unknown as Cell;
  }
}
