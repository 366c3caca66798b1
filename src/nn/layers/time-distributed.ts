import { ShapeError } from "../../base/errors.ts";
import { formatShape, sameShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { stack, unstack } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { Dense } from "./dense.ts";
import type { Layer, LayerOptions } from "./layer.ts";
import { layer } from "./layer-option.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** What is applied to each time step. */
  layer: /* @__PURE__ */ layer(),
};

export type TimeDistributedOptions = GivenOptions<typeof options>;

/**
 * Applies one layer to every time step: [batch, time, …] → [batch, time, …]. A mask [batch, time] passes; the layer is told the
 * part of it that belongs to the step. K: `layers/rnn/time_distributed.py`.
 *
 * @example
 * ```ts
 * import { Conv2D, TimeDistributed } from "fovea/layers";
 * const layer = new TimeDistributed({ layer: new Conv2D({ filters: 8, kernelSize: 3 }) });
 * layer.computeOutputShape([null, 10, 28, 28, 1]); // [null, 10, 26, 26, 8]
 * ```
 */
export class TimeDistributed extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "TimeDistributed";
  static override readonly options = options;
  readonly layer: Layer;

  constructor(given: TimeDistributedOptions & LayerOptions) {
    super(given);
    this.layer = this.options.layer as unknown as Layer;
  }

  #stepShape(inputShape: BatchShape): BatchShape {
    if (inputShape.length < 3)
      throw new ShapeError(`${this.title} takes sequences [batch, time, …], got ${formatShape(inputShape)}.`);
    return [inputShape[0]!, ...inputShape.slice(2)];
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [rows, ...rest] = this.layer.computeOutputShape(this.#stepShape(inputShape)) as BatchShape;
    return [rows!, inputShape[1]!, ...rest];
  }

  override build(inputShape: BatchShape): void {
    this.layer.build(this.#stepShape(inputShape));
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  override call(x: Sym, { training, mask }: CallOptions = {}): Sym {
    const masks = isSym(mask) ? this.#masksOf(mask, x) : undefined;
    // Dense mixes the last axis alone: one product for all time steps.
    if (this.layer instanceof Dense) return this.layer.apply(x, { training });
    const steps = unstack(x, 1).map((step, i) => {
      // A layer takes a mask of all axes but the last.
      const own = masks?.[i];
      const fits = own?.spec.shape.length === step.spec.shape.length - 1;
      return this.layer.apply(step, { training, mask: fits ? own : undefined });
    });
    return stack(steps, 1);
  }

  #masksOf(mask: Sym, x: Sym): readonly Sym[] {
    const [given, expected] = [mask.spec.shape, x.spec.shape];
    if (!sameShape(given.slice(0, 2), expected.slice(0, 2)))
      throw new ShapeError(
        `${this.title}: its mask has shape ${formatShape(given, true)}, expected [batch, time, …] of ${formatShape(expected, true)}.`,
      );
    return unstack(mask, 1);
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number | undefined {
    const step = this.layer.multiplyAdds(inputShape.slice(1), outputShape.slice(1));
    return step === undefined ? undefined : step * inputShape[0]!;
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
