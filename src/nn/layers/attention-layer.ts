/** What all attention layers share: a list of query, value and perhaps key in; the output, and on demand the scores, out. */
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import type { CallOptions } from "../call-context.ts";
import type { KerasTensor } from "../keras-tensor.ts";
import { keyOfSeed } from "../process-state.ts";
import type { FitsRank, OutputRank, Symbolic, SymbolicOptions } from "./layer-types.ts";
import { ListLayer } from "./merging.ts";
import type { Reading } from "./reading.ts";

/** What `call` and `apply` of an attention layer take besides the inputs. */
export interface AttentionCallOptions extends CallOptions {
  /** Whether it also gives the weights of the values: [output, scores]. Default false. */
  readonly returnAttentionScores?: boolean | undefined;
  /** Whether a place of the query reads no later places of the value. Default false. */
  readonly useCausalMask?: boolean | undefined;
}

/** Asks for the scores. */
interface WithScores {
  readonly returnAttentionScores: true;
}

/** @typeParam C what its `call` takes besides the inputs */
export abstract class AttentionLayer<
  O extends { readonly seed: number | null },
  C extends AttentionCallOptions = AttentionCallOptions,
> extends ListLayer<O> {
  constructor(options: object) {
    super(options);
    const { seed } = this.options;
    this.randomKey = keyOfSeed(seed);
  }

  /** Writes the output and the scores. */
  protected abstract attend(inputs: readonly Sym[], options: C): readonly [output: Sym, scores: Sym];

  override call(inputs: readonly Sym[], options: C & WithScores): readonly [output: Sym, scores: Sym];
  override call(inputs: readonly Sym[], options?: C): Sym;
  override call(inputs: readonly Sym[], options = {} as C): unknown {
    const made = this.attend(inputs, options);
    return options.returnAttentionScores === true ? made : made[0];
  }

  override apply(inputs: readonly Sym[], options: C & WithScores): readonly [output: Sym, scores: Sym];
  override apply(inputs: readonly Sym[], options?: C): Sym;
  override apply(
    inputs: readonly KerasTensor[],
    options: SymbolicOptions<this["call"]> & WithScores,
  ): readonly [output: KerasTensor, scores: KerasTensor];
  override apply<const X extends Nested<KerasTensor>>(
    inputs: X & FitsRank<X, this["ranks"]["in"]>,
    options?: SymbolicOptions<this["call"]>,
  ): Symbolic<Sym, OutputRank<X, this["ranks"]["out"]>>;
  override apply(inputs: Nested<unknown>, options: object = {}): never {
    return super.apply(inputs as readonly Sym[], options) as never;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override reading(): Reading {
    return { kind: "all" };
  }
}
