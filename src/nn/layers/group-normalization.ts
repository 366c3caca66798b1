import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { reshape } from "../../ops/reshape.ts";
import { standardizeRows } from "../../ops/row-statistics.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf, value } from "../option-kinds.ts";
import { AffineNormalization, affineFlags, affineWeights, scaleAndShift } from "./affine-normalization.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { resolveRowAxes } from "./row-axes.ts";

const options = {
  /** Number of groups that the channels are cut into; -1: each channel by itself (instance normalization). Default 32. */
  groups: /* @__PURE__ */ value<number, 32>(
    (given, owner, name) => {
      if (!Number.isSafeInteger(given) || ((given as number) < 1 && given !== -1))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a whole number of 1 or more, or -1 for a group per channel.`,
        );
      return given as number;
    },
    { default: 32 },
  ),
  /** The axis of the channels; not the batch. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
  .../* @__PURE__ */ affineFlags(),
  .../* @__PURE__ */ affineWeights(),
};

export type GroupNormalizationOptions = GivenOptions<typeof options>;

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta, each group of neighbouring channels of each row by its own statistics over all
 * places (Wu and He 2018, arXiv 1803.08494). [batch, …, channels] → [batch, …, channels]; masks pass.
 * K: `layers/normalization/group_normalization.py`.
 *
 * Weights: `gamma` and `beta`, one number per channel.
 *
 * @throws ArgumentError for groups that do not divide the channels, or an axis that the input has not
 * @example
 * ```ts
 * import { GroupNormalization } from "fovea/layers";
 * const layer = new GroupNormalization({ groups: 4 });
 * layer.build([null, 28, 28, 8]);
 * layer.gamma?.shape; // [8]
 * ```
 */
export class GroupNormalization extends AffineNormalization<OptionsOf<typeof options>> {
  static override readonly className = "GroupNormalization";
  static override readonly options = options;

  constructor(given: GroupNormalizationOptions & LayerOptions = {}) {
    super(given);
  }

  /** The axis counted from the front, its size and the number of groups. */
  #split(shape: BatchShape): { readonly axis: number; readonly channels: number; readonly groups: number } {
    const [axis] = resolveRowAxes(this.title, shape, this.options.axis) as [number];
    const channels = this.knownAxis(shape, axis);
    const groups = this.options.groups === -1 ? channels : this.options.groups;
    if (channels % groups !== 0)
      throw new ArgumentError(`${this.title}: ${channels} channels cannot be cut into ${groups} groups of equal size.`);
    return { axis, channels, groups };
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.#split(inputShape);
    return inputShape;
  }

  override build(inputShape: BatchShape): void {
    this.addAffineWeights([this.#split(inputShape).channels]);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { shape } = x.spec;
    const { axis, channels, groups } = this.#split(shape);
    const grouped = reshape(x, shape.toSpliced(axis, 1, groups, channels / groups));
    const axes = grouped.spec.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
    return scaleAndShift(reshape(standardizeRows(grouped, axes, this.options.epsilon), shape), this, [axis]);
  }

  /** Once it is built, Keras writes the number of groups that -1 stood for. */
  override getConfig(): Record<string, unknown> {
    const shape = this.buildShape as BatchShape | undefined;
    return shape === undefined ? super.getConfig() : { ...super.getConfig(), groups: this.#split(shape).groups };
  }

  override reading(): Reading {
    return { kind: "all" };
  }
}
