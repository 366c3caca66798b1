import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { flatten, type Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul } from "../../ops/elementwise.ts";
import { concatenate } from "../../ops/pad.ts";
import { reverse } from "../../ops/slice.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, type GivenOptions, nullable, type OptionsOf } from "../option-kinds.ts";
import { copyLayer } from "./copy-layer.ts";
import { Layer, type LayerOptions } from "./layer.ts";
import { type AnyLayer, layer } from "./layer-option.ts";
import type { Reading } from "./reading.ts";
import { Recurrent, type RecurrentCallOptions } from "./recurrent.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** How the outputs of both directions are joined; null gives both. Default "concat". */
  mergeMode: /* @__PURE__ */ nullable(choice(["concat", "sum", "mul", "ave"], { default: "concat" }), {
    default: "concat",
  }),
  /** A recurrent layer. A copy of it reads the sequence as it does. */
  layer: /* @__PURE__ */ layer(),
  /** Reads the sequence in the other direction. Default null: a copy of `layer` with `goBackwards`. */
  backwardLayer: /* @__PURE__ */ layer({ default: null }),
};

export type BidirectionalOptions = GivenOptions<typeof options>;

type Directed = Recurrent<never, never> & AnyLayer;

/** The layers of both directions, named as Keras names them. What is no recurrent layer stays, for the options' own check. */
function directions(given: BidirectionalOptions): Partial<BidirectionalOptions> {
  const { layer: original, backwardLayer } = given ?? {};
  if (!(original instanceof Layer)) return {};
  const named = (way: string) => `${way}${original.name.replace(new RegExp(`^${way}`), "")}`;
  const { returnSequences } = original.options as { returnSequences?: boolean };
  // Outputs of masked steps would differ between the directions; Keras makes them 0.
  const zeros = "zeroOutputForMask" in original.options ? { zeroOutputForMask: returnSequences === true } : {};
  const forward = copyLayer(original as unknown as AnyLayer, { ...zeros, name: named("forward_") });
  const changes = { ...zeros, goBackwards: true, name: named("backward_") };
  const backward = backwardLayer ?? copyLayer(original as unknown as AnyLayer, changes);
  return { layer: forward, backwardLayer: backward };
}

/**
 * Runs a recurrent layer in both directions and joins the outputs: [batch, time, inputs] → what the layer gives, twice as wide
 * with "concat". With `returnState` a list: the output, then the states of the forward and of the backward layer.
 * K: `layers/rnn/bidirectional.py`.
 *
 * @typeParam Y what `call` gives: a list where `mergeMode` is null, or the layer's `returnState` true
 * @throws ArgumentError for a layer that is not recurrent, and for two that read in the same direction or return other things
 * @example
 * ```ts
 * import { Bidirectional, LSTM } from "fovea/layers";
 * new Bidirectional({ layer: new LSTM({ units: 8 }) }).computeOutputShape([null, 5, 3]); // [null, 16]
 * ```
 */
export class Bidirectional<Y extends Nested<Sym> = Sym> extends UnaryLayer<OptionsOf<typeof options>, Y> {
  static override readonly className = "Bidirectional";
  static override readonly options = options;
  readonly forwardLayer: Directed;
  readonly backwardLayer: Directed;

  constructor(given: BidirectionalOptions & LayerOptions) {
    super({ ...given, ...directions(given) });
    const [forward, backward] = [this.options.layer, this.options.backwardLayer!];
    for (const each of [forward, backward])
      if (!(each instanceof Recurrent))
        throw new ArgumentError(`${this.title}: ${each.title} is no recurrent layer such as LSTM, GRU or RNN.`);
    this.forwardLayer = forward as Directed;
    this.backwardLayer = backward as Directed;
    this.#checkPair();
  }

  #checkPair(): void {
    const [forward, backward] = [this.forwardLayer.options, this.backwardLayer.options] as Record<string, unknown>[];
    if (forward!.goBackwards === backward!.goBackwards)
      throw new ArgumentError(
        `${this.title}: layer and backwardLayer both have goBackwards ${formatValue(forward!.goBackwards)}; one must be true, the other false.`,
      );
    for (const name of ["stateful", "returnSequences", "returnState"])
      if (forward![name] !== backward![name])
        throw new ArgumentError(
          `${this.title}: ${name} is ${formatValue(forward![name])} in layer and ${formatValue(backward![name])} in backwardLayer; it must be the same.`,
        );
  }

  get #sequence(): { readonly returnSequences: boolean; readonly returnState: boolean } {
    return this.forwardLayer.options;
  }

  override get callArguments(): readonly string[] {
    return ["initialState"];
  }

  override computeOutputShape(inputShape: BatchShape): Nested<BatchShape> {
    const given = this.forwardLayer.computeOutputShape(inputShape);
    const { returnState } = this.#sequence;
    const [output, ...states] = (returnState ? given : [given]) as [BatchShape, ...Nested<BatchShape>[]];
    const { mergeMode } = this.options;
    const wide = mergeMode === "concat" ? output.with(-1, 2 * output.at(-1)!) : output;
    const outputs = mergeMode === null ? [output, output] : [wide];
    return outputs.length === 1 && !returnState ? wide : [...outputs, ...states, ...states];
  }

  override build(inputShape: BatchShape): void {
    const [rows = null] = this.batchInputShape ?? [];
    for (const each of [this.forwardLayer, this.backwardLayer])
      each.build([inputShape[0] ?? rows, ...inputShape.slice(1)]);
  }

  /** Begins anew with zeros in both directions, where the layers are stateful. @throws StateError for layers that are not */
  resetStates(): void {
    this.forwardLayer.resetStates();
    this.backwardLayer.resetStates();
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  override call(x: Sym, { training, mask, initialState }: RecurrentCallOptions = {}): Y {
    const [forwardState, backwardState] = this.#halves(initialState);
    const run = (each: Directed, state: readonly Sym[] | undefined): [Sym, ...Sym[]] => {
      const made = each.call(x, { training, mask, initialState: state } as RecurrentCallOptions) as unknown;
      return (this.#sequence.returnState ? made : [made]) as [Sym, ...Sym[]];
    };
    const [forward, ...states] = run(this.forwardLayer, forwardState);
    const [made, ...others] = run(this.backwardLayer, backwardState);
    const backward = this.#sequence.returnSequences ? reverse(made, [1]) : made;
    const outputs = this.#merge(forward, backward);
    const all = [...outputs, ...states, ...others];
    return (all.length === 1 ? all[0] : all) as Y;
  }

  #merge(forward: Sym, backward: Sym): Sym[] {
    switch (this.options.mergeMode) {
      case "concat":
        return [concatenate([forward, backward], forward.spec.shape.length - 1)];
      case "sum":
        return [add(forward, backward)];
      case "mul":
        return [mul(forward, backward)];
      case "ave":
        return [div(add(forward, backward), 2)];
      default:
        return [forward, backward];
    }
  }

  /** The states of both directions, out of one list. */
  #halves(given: Nested<Sym> | undefined): [(readonly Sym[])?, (readonly Sym[])?] {
    if (given === undefined || given === null) return [];
    const list = flatten<unknown>(given as Nested<unknown>, (each): each is unknown => !Array.isArray(each)) as Sym[];
    if (list.length % 2 !== 0)
      throw new ArgumentError(
        `${this.title}: initialState has ${list.length} states, expected those of the forward layer and as many of the backward layer.`,
      );
    return [list.slice(0, list.length / 2), list.slice(list.length / 2)];
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeMask(_x: Sym, mask: Nested<Sym | undefined>): (Sym | undefined)[] {
    const passed = this.#sequence.returnSequences ? (mask as Sym | undefined) : undefined;
    return this.options.mergeMode === null ? [passed, passed] : [passed];
  }

  override reading(): Reading {
    return { kind: "all" };
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number | undefined {
    const [forward, backward] = [this.forwardLayer, this.backwardLayer].map((each) =>
      each.multiplyAdds(inputShape, outputShape),
    );
    return forward === undefined || backward === undefined ? undefined : forward + backward;
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
