import type { Sym } from "../../ir/graph.ts";
import { add, mul, sub } from "../../ops/elementwise.ts";
import { matMul } from "../../ops/mat-mul.ts";
import { reshape } from "../../ops/reshape.ts";
import { sliceAxis, split } from "../../ops/slice.ts";
import { activate } from "../activations.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { DropoutMask } from "./dropout-mask.ts";
import { GatedCell, multiplyMasked } from "./gated-cell.ts";
import type { LayerOptions } from "./layer.ts";
import {
  bias,
  dropoutRates,
  dropoutSeed,
  recurrentActivation,
  resetAfter,
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
  ...weightInitializers,
  ...weightRegularizers,
  ...weightConstraints,
  ...dropoutRates,
  ...resetAfter,
  ...dropoutSeed,
};

export type GRUCellOptions = GivenOptions<typeof options>;

/**
 * One time step of a gated recurrent unit (Cho et al. 2014): update gate z and reset gate r of x and h; h' = z · h + (1 − z) · g
 * with the candidate g of x and of the state behind the reset gate, which is also the output. [batch, inputs] → [batch, units].
 * Weights: `kernel` [inputs, 3 units] for z, r, g, `recurrent_kernel` [units, 3 units], `bias` [2, 3 units], the second one added
 * to the state's products, or [3 units] where `resetAfter` is false. K: `layers/rnn/gru.py`.
 *
 * @example
 * ```ts
 * import { GRUCell, RNN } from "fovea/layers";
 * new RNN({ cell: new GRUCell({ units: 4 }) }).computeOutputShape([null, 5, 3]); // [null, 4]
 * ```
 */
export class GRUCell extends GatedCell<OptionsOf<typeof options>> {
  static override readonly className = "GRUCell";
  static override readonly options = options;
  protected readonly gates = 3;

  constructor(given: GRUCellOptions & LayerOptions) {
    super(given);
  }

  protected override biasShape(width: number): readonly number[] {
    return this.options.resetAfter ? [2, width] : [width];
  }

  #biasRow(row: number): Sym | undefined {
    if (this.bias === undefined) return undefined;
    const bias = this.bias.read();
    return this.options.resetAfter ? reshape(sliceAxis(bias, 0, row, row + 1), [3 * this.units]) : bias;
  }

  protected override inputBias(): Sym | undefined {
    return this.#biasRow(0);
  }

  protected override advance(projected: Sym, states: States, masks: readonly DropoutMask[]): CellResult {
    const [h] = states as [Sym];
    const { activation, recurrentActivation: gate } = this.options;
    const thirds = new Array<number>(3).fill(this.units);
    const [xz, xr, xg] = split(projected, thirds, 1) as [Sym, Sym, Sym];
    const mix = (z: Sym, candidate: Sym): CellResult => {
      const output = add(mul(z, h), mul(sub(1, z), candidate));
      return [output, [output]];
    };
    if (!this.options.resetAfter) {
      const kernels = split(this.recurrentKernel.read(), [2 * this.units, this.units], 1) as [Sym, Sym];
      const [hz, hr] = split(multiplyMasked(h, kernels[0], masks.slice(0, 2)), thirds.slice(1), 1) as [Sym, Sym];
      const z = activate(gate, add(xz, hz));
      const r = activate(gate, add(xr, hr));
      return mix(z, activate(activation, add(xg, matMul(mul(r, masks.at(-1)!(h)), kernels[1]))));
    }
    const product = multiplyMasked(h, this.recurrentKernel.read(), masks);
    const bias = this.#biasRow(1);
    const [hz, hr, hg] = split(bias === undefined ? product : add(product, bias), thirds, 1) as [Sym, Sym, Sym];
    const z = activate(gate, add(xz, hz));
    const r = activate(gate, add(xr, hr));
    return mix(z, activate(activation, add(xg, mul(r, hg))));
  }
}
