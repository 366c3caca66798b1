import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { transpose } from "../../ops/mat-mul.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { dataFormat } from "./arguments.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** Where the channels are: "channels_last" (the default); "channels_first": axis 1, which comes last in the vector. */
  dataFormat: /* @__PURE__ */ dataFormat(),
};

export type FlattenOptions = GivenOptions<typeof options>;

/**
 * Lays each row out as one vector: [batch, …] → [batch, product]; [batch] → [batch, 1]. K: `layers/reshaping/flatten.py`.
 *
 * @example
 * ```ts
 * import { Flatten } from "fovea/layers";
 * new Flatten().computeOutputShape([null, 24, 24, 32]); // [null, 18432]
 * ```
 */
export class Flatten extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "Flatten";
  static override readonly options = options;
  declare readonly ranks: { readonly in: number; readonly out: 2 };

  constructor(given: FlattenOptions & LayerOptions = {}) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = inputShape.slice(1);
    return [inputShape[0]!, sizes.includes(null) ? null : sizeOf(sizes as number[])];
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { shape } = x.spec;
    const first = this.options.dataFormat === "channels_first" && shape.length > 2;
    const last = first ? transpose(x, [0, ...shape.slice(2).map((_, i) => i + 2), 1]) : x;
    return reshape(last, [shape[0]!, sizeOf(shape.slice(1))]);
  }

  override reading(): Reading {
    return { kind: "reorder", movesChannelsLast: this.options.dataFormat === "channels_first" };
  }

  override get storesBuildShape(): boolean {
    return true;
  }
}
