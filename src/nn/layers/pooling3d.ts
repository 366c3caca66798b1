import type { Pad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { type Pool3dAttrs, pool3d } from "../../ops/pool3d.ts";
import { Pooling } from "./pooling.ts";

/** Pooling of each channel over windows of volumes. */
export abstract class Pooling3D extends Pooling<3> {
  protected override poolSpace(x: Sym, pad: readonly Pad[]): Sym {
    const attrs = { window: this.poolSize, strides: this.strides, pad: pad as unknown as Pool3dAttrs["pad"] };
    return pool3d(x, attrs, this.pool);
  }
}
