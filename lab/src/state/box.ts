/** The pixels that a unit sees. */
import type { LayerInfo } from "../engine/protocol.ts";

export interface Box {
  readonly y: number;
  readonly x: number;
  readonly height: number;
  readonly width: number;
}

/** Whether the layer has such a unit; an address may name others. Units without a place are at 0, 0. */
export const hasUnit = (
  { shape }: Pick<LayerInfo, "shape">,
  unit: { readonly y: number; readonly x: number },
): boolean => (shape.length === 3 ? unit.y < shape[0]! && unit.x < shape[1]! : unit.y === 0 && unit.x === 0);

/** The pixels [0, size) of the image that a unit sees; undefined where its layer has no field or no such unit. */
export function boxOf(
  { field, shape }: Pick<LayerInfo, "field" | "shape">,
  unit: { readonly y: number; readonly x: number },
  size: number,
): Box | undefined {
  if (field === undefined || !hasUnit({ shape }, unit)) return undefined;
  const edge = (axis: 0 | 1, at: number) => {
    const first = Math.round(field.start[axis] + at * field.jump[axis] - (field.size[axis] - 1) / 2);
    const last = first + field.size[axis] - 1;
    return [Math.max(0, first), Math.min(size - 1, last)] as const;
  };
  const [top, bottom] = edge(0, unit.y);
  const [left, right] = edge(1, unit.x);
  return { y: top, x: left, height: bottom - top + 1, width: right - left + 1 };
}
