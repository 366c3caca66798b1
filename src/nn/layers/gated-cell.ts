/** The base of cells whose gates are sums of an input's and a state's products with one kernel each. */
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { matMul } from "../../ops/mat-mul.ts";
import { concatenateAxis, split } from "../../ops/slice.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { OptionsOf } from "../option-kinds.ts";
import { keyOfSeed } from "../process-state.ts";
import type { Variable } from "../variable.ts";
import { type DropoutMask, dropoutMask } from "./dropout-mask.ts";
import type { dropoutRates, units } from "./recurrent-options.ts";
import { addRecurrentWeights, type RecurrentWeightOptions } from "./recurrent-weights.ts";
import { type CellResult, type CellRun, RNNCell, type States } from "./rnn-cell.ts";

/** Options that the base reads. */
export type GatedOptions = OptionsOf<typeof units & typeof dropoutRates> &
  RecurrentWeightOptions & { readonly seed?: number | null };

export abstract class GatedCell<O extends GatedOptions = GatedOptions> extends RNNCell<O> {
  /** Gates, side by side in each kernel. */
  protected abstract readonly gates: number;
  /** [inputs, gates · units]. */
  kernel!: Variable;
  /** [units, gates · units]. */
  recurrentKernel!: Variable;
  /** [gates · units], with `useBias`. */
  bias: Variable | undefined;

  constructor(options: object) {
    super(options as never);
    const { seed = null } = this.options;
    this.randomKey = keyOfSeed(seed);
  }

  get units(): number {
    return this.options.units;
  }

  get stateSize(): number | readonly number[] {
    return this.units;
  }

  override get inputRank(): number {
    return 2;
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape[] {
    this.checkInputShape(inputShape);
    const state = [inputShape[0]!, this.units];
    return [state, ...[this.stateSize].flat().map(() => state)];
  }

  override build(inputShape: BatchShape): void {
    const width = this.gates * this.units;
    const shapes = {
      kernel: [this.knownAxis(inputShape, -1), width],
      recurrentKernel: [this.units, width],
      bias: this.biasShape(width),
    };
    const weights = addRecurrentWeights(this, shapes, this.options);
    ({ kernel: this.kernel, recurrentKernel: this.recurrentKernel, bias: this.bias } = weights);
  }

  protected biasShape(width: number): readonly number[] {
    return [width];
  }

  /** The bias that is added to the input's product. */
  protected inputBias(): Sym | undefined {
    return this.bias?.read();
  }

  begin(like: Sym, training: boolean): CellRun {
    const { dropout, recurrentDropout } = this.options;
    // As in Keras: with recurrentDropout each gate has masks of its own, of the input and of the state.
    const count = recurrentDropout > 0 ? this.gates : 1;
    const masks = (rate: number, which: number, size: number): DropoutMask[] =>
      Array.from({ length: training && rate > 0 ? count : 1 }, (_, gate) =>
        dropoutMask(this.title, training ? rate : 0, {
          like,
          key: this.randomKey!,
          which: which + 2 * gate,
          row: [size],
        }),
      );
    const ofInput = masks(dropout, 0, like.spec.shape.at(-1)!);
    const ofState = masks(recurrentDropout, 1, this.units);
    return {
      project: (x) => {
        const product = multiplyMasked(x, this.kernel.read(), ofInput);
        const bias = this.inputBias();
        return bias === undefined ? product : add(product, bias);
      },
      step: (projected, states) => this.advance(projected, states, ofState),
    };
  }

  /** One time step. `masks` are applied to a state where it is multiplied: one for all gates, or one for each. */
  protected abstract advance(projected: Sym, states: States, masks: readonly DropoutMask[]): CellResult;

  override multiplyAdds(): number | undefined {
    if (!this.built) return undefined;
    return this.kernel.size + this.recurrentKernel.size;
  }
}

/** The product with a kernel whose last axis has a part for each mask, side by side. */
export function multiplyMasked(x: Sym, kernel: Sym, masks: readonly DropoutMask[]): Sym {
  if (masks.length === 1) return matMul(masks[0]!(x), kernel);
  const width = kernel.spec.shape[1]! / masks.length;
  const kernels = split(kernel, new Array<number>(masks.length).fill(width), 1);
  const products = masks.map((mask, i) => matMul(mask(x), kernels[i]!));
  return concatenateAxis(products, x.spec.shape.length - 1);
}
