import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { GRUCell } from "./gru-cell.ts";
import type { LayerOptions } from "./layer.ts";
import { cellOptions, Recurrent } from "./recurrent.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  outputRegularizer,
  recurrentActivation,
  resetAfter,
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
  ...weightRegularizers,
  ...outputRegularizer,
  ...weightConstraints,
  ...dropoutRates,
  ...resetAfter,
  ...dropoutSeed,
};

export type GRUOptions = GivenOptions<typeof options>;

/**
 * Gated recurrent units (Cho et al. 2014); `GRUCell` has the formulas.
 * K: `layers/rnn/gru.py`.
 *
 * [batch, time, inputs] → [batch, units], with `returnSequences` [batch, time, units]; with `returnState` a list: the output,
 * then the state [batch, units]. A time step that the mask leaves out changes no state. Weights, those of its cell:
 * `kernel` [inputs, 3 units] for z, r, g, `recurrent_kernel` [units, 3 units], `bias` [2, 3 units].
 *
 * @typeParam R whether `returnState` is true
 * @example
 * ```ts
 * import { GRU } from "fovea/layers";
 * new GRU({ units: 4, returnSequences: true }).computeOutputShape([null, 5, 3]); // [null, 5, 4]
 * ```
 */
export class GRU<R extends boolean = false> extends Recurrent<
  OptionsOf<typeof options>,
  R extends true ? readonly [Sym, Sym] : Sym
> {
  static override readonly className = "GRU";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: number };
  override readonly cell: Cell;

  constructor(given: GRUOptions & LayerOptions & { readonly returnState?: R | undefined }) {
    super(given);
    this.cell = new GRUCell({ ...cellOptions(this.options, GRUCell.options), name: "gru_cell" }) as unknown as Cell;
  }
}
