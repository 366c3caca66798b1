import type { Sym } from "../../ir/graph.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { split } from "../../ops/slice.ts";
import { activate } from "../activations.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { DropoutMask } from "./dropout-mask.ts";
import { GatedCell, multiplyMasked } from "./gated-cell.ts";
import type { LayerOptions } from "./layer.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  forgetBias,
  recurrentActivation,
  units,
  weightConstraints,
  weightInitializers,
  weightRegularizers,
} from "./recurrent-options.ts";
import type { CellResult, States } from "./rnn-cell.ts";

const options = {
  ...units,
  ...recurrentActivation,
  ...bias,
  ...forgetBias,
  ...weightInitializers,
  ...weightRegularizers,
  ...weightConstraints,
  ...dropoutRates,
  ...dropoutSeed,
};

export type LSTMCellOptions = GivenOptions<typeof options>;

/**
 * One time step of a long short-term memory (Hochreiter and Schmidhuber 1997): gates i, f, o and candidate g of x · kernel + h ·
 * recurrent_kernel + bias; c' = f · c + i · g, h' = o · activation(c'), which is also the output. [batch, inputs] → [batch,
 * units]. Weights: `kernel` [inputs, 4 units] for i, f, g, o, `recurrent_kernel` [units, 4 units], `bias` [4 units].
 * K: `layers/rnn/lstm.py`.
 *
 * @example
 * ```ts
 * import { LSTMCell, RNN } from "fovea/layers";
 * new RNN({ cell: new LSTMCell({ units: 4 }) }).computeOutputShape([null, 5, 3]); // [null, 4]
 * ```
 */
export class LSTMCell extends GatedCell<OptionsOf<typeof options>> {
  static override readonly className = "LSTMCell";
  static override readonly options = options;
  protected readonly gates = 4;

  constructor(given: LSTMCellOptions & LayerOptions) {
    super(given);
  }

  override get stateSize(): readonly number[] {
    return [this.units, this.units];
  }

  protected override advance(projected: Sym, states: States, masks: readonly DropoutMask[]): CellResult {
    const [h, c] = states as [Sym, Sym];
    const { activation, recurrentActivation: gate } = this.options;
    const sums = add(projected, multiplyMasked(h, this.recurrentKernel.read(), masks));
    const [i, f, g, o] = split(sums, new Array<number>(4).fill(this.units), 1) as [Sym, Sym, Sym, Sym];
    const memory = add(mul(activate(gate, f), c), mul(activate(gate, i), activate(activation, g)));
    const output = mul(activate(gate, o), activate(activation, memory));
    return [output, [output, memory]];
  }
}
