/** The base of cells whose gates are sums of an input's and a state's products with one kernel each. */
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { matMul } from "../../ops/mat-mul.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { OptionsOf } from "../option-kinds.ts";
import { keyOfSeed } from "../process-state.ts";
import type { Variable } from "../variable.ts";
import { type DropoutMask, dropoutMask } from "./dropout-mask.ts";
import type {
  bias,
  dropoutRates,
  units,
  weightConstraints,
  weightInitializers,
  weightRegularizers,
} from "./recurrent-options.ts";
import { type CellResult, type CellRun, RNNCell, type States } from "./rnn-cell.ts";

/** Options that the base reads. */
export type GatedOptions = OptionsOf<
  typeof units &
    typeof bias &
    typeof weightInitializers &
    typeof weightRegularizers &
    typeof weightConstraints &
    typeof dropoutRates
> & { readonly seed?: number | null };

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
    const { useBias, ...rest } = this.options;
    const width = this.gates * this.units;
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [this.knownAxis(inputShape, -1), width],
      initializer: rest.kernelInitializer,
      regularizer: rest.kernelRegularizer,
      constraint: rest.kernelConstraint,
    });
    this.recurrentKernel = this.addWeight({
      name: "recurrent_kernel",
      shape: [this.units, width],
      initializer: rest.recurrentInitializer,
      regularizer: rest.recurrentRegularizer,
      constraint: rest.recurrentConstraint,
    });
    if (!useBias) return;
    this.bias = this.addWeight({
      name: "bias",
      shape: this.biasShape(width),
      initializer: rest.biasInitializer,
      regularizer: rest.biasRegularizer,
      constraint: rest.biasConstraint,
    });
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
    const drop = (rate: number, which: number, size: number): DropoutMask =>
      dropoutMask(this.title, training ? rate : 0, { like, key: this.randomKey!, which, row: [size] });
    const ofInput = drop(dropout, 0, like.spec.shape.at(-1)!);
    const ofState = drop(recurrentDropout, 1, this.units);
    return {
      project: (x) => {
        const product = matMul(ofInput(x), this.kernel.read());
        const bias = this.inputBias();
        return bias === undefined ? product : add(product, bias);
      },
      step: (projected, states) => this.advance(projected, states, ofState),
    };
  }

  /** One time step. `drop` is applied to a state where it is multiplied. */
  protected abstract advance(projected: Sym, states: States, drop: DropoutMask): CellResult;

  override multiplyAdds(): number | undefined {
    if (!this.built) return undefined;
    return this.kernel.size + this.recurrentKernel.size;
  }
}
