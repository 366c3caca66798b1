/** What UpSampling layers share. */
import type { Sym } from "../../ir/graph.ts";
import { repeatEach } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { SpatialLayer } from "./spatial-layer.ts";

/** Each cell of the spatial axes several times. */
export abstract class UpSampling<O extends object> extends SpatialLayer<O> {
  /** How often each cell stands along each spatial axis. */
  protected abstract get times(): readonly number[];

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    return inputSizes.map((size, axis) => (size === null ? null : size * this.times[axis]!));
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const times = x.spec.shape.map((_, axis) => this.times[this.spatialAxes.indexOf(axis)] ?? 1);
    return repeatEach(x, times);
  }
}
