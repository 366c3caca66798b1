import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, mul, sqrt, square, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { CommonOptions } from "./options.ts";

type Clips = Pick<CommonOptions, "clipnorm" | "clipvalue" | "globalClipnorm">;

const sumOfSquares = (x: Sym) =>
  reduceSum(
    square(x),
    x.spec.shape.map((_, axis) => axis),
  );

/** √Σ x². */
export const normOf = (x: Sym): Sym => sqrt(sumOfSquares(x));

/** g · limit / max(‖g‖, limit). */
const scaled = (gradient: Sym, norm: Sym, limit: number) => mul(gradient, div(limit, where(norm, limit, limit, norm)));

/** The gradients, cut as the options say. K: `optimizers/base_optimizer.py`, `_clip_gradients`. */
export function clipGradients(
  gradients: readonly Sym[],
  { clipnorm, clipvalue, globalClipnorm }: Clips,
): readonly Sym[] {
  if (clipvalue !== null) return gradients.map((gradient) => clip(gradient, -clipvalue, clipvalue));
  if (clipnorm !== null) return gradients.map((gradient) => scaled(gradient, normOf(gradient), clipnorm));
  if (globalClipnorm === null) return gradients;
  const norm = sqrt(gradients.map(sumOfSquares).reduce((a, b) => add(a, b)));
  return gradients.map((gradient) => scaled(gradient, norm, globalClipnorm));
}
