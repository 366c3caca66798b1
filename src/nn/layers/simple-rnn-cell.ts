import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { activate } from "../activations.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { DropoutMask } from "./dropout-mask.ts";
import { GatedCell, multiplyMasked } from "./gated-cell.ts";
import type { LayerOptions } from "./layer.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  units,
  weightConstraints,
  weightInitializers,
  weightRegularizers,
} from "./recurrent-options.ts";
import type { CellResult, States } from "./rnn-cell.ts";

const options = {
  ...units,
  ...bias,
  ...weightInitializers,
  ...weightRegularizers,
  ...weightConstraints,
  ...dropoutRates,
  ...dropoutSeed,
};

export type SimpleRNNCellOptions = GivenOptions<typeof options>;

/**
 * One time step of a plain recurrent layer (Elman 1990): h' = activation(x · kernel + h · recurrent_kernel + bias), which is also
 * the output. [batch, inputs] → [batch, units]. Weights: `kernel` [inputs, units], `recurrent_kernel` [units, units], `bias`
 * [units]. K: `layers/rnn/simple_rnn.py`.
 *
 * @example
 * ```ts
 * import { RNN, SimpleRNNCell } from "fovea/layers";
 * new RNN({ cell: new SimpleRNNCell({ units: 4 }) }).computeOutputShape([null, 5, 3]); // [null, 4]
 * ```
 */
export class SimpleRNNCell extends GatedCell<OptionsOf<typeof options>> {
  static override readonly className = "SimpleRNNCell";
  static override readonly options = options;
  protected readonly gates = 1;

  constructor(given: SimpleRNNCellOptions & LayerOptions) {
    super(given);
  }

  protected override advance(projected: Sym, states: States, masks: readonly DropoutMask[]): CellResult {
    const [h] = states as [Sym];
    const sum = add(projected, multiplyMasked(h, this.recurrentKernel.read(), masks));
    const output = activate(this.options.activation, sum);
    return [output, [output]];
  }
}
