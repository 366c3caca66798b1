/** Normalizations by given or own statistics. K: `ops/nn.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, add, div, maximum, mul, power, sqrt, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import { scaleRowsByRms, scaleRowsToUnit, standardizeRows } from "../../ops/row-statistics.ts";
import { axesOf, axisOf, optionsOf, real, refuseBatch, shapeText } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { Axis, Made, SameRank, Value } from "./value.ts";

/** A vector along one axis, shaped to be repeated along the others. */
function alongAxis(name: string, what: string, x: Sym, vector: Sym, axis: number): Sym {
  const { shape } = x.spec;
  const own = vector.spec.shape.filter((size) => size !== 1);
  const size = own[0] ?? 1;
  if (vector.spec.batched || own.length > 1 || (size !== 1 && size !== shape[axis]))
    throw new ShapeError(
      `${name} of ${shapeText(x)}: ${what} is ${shapeText(vector)}, expected (${shape[axis]},), one number along axis ${axis}.`,
    );
  return reshape(
    real(vector),
    shape.map((_, i) => (i === axis ? size : 1)),
  );
}

export interface BatchNormalizationOptions<O extends Value, S extends Value> {
  /** Added, β. Default: none. */
  readonly offset?: O;
  /** Multiplied by, γ. Default: none. */
  readonly scale?: S;
  /** Default 0.001. */
  readonly epsilon?: number;
}

/**
 * (x − mean) / √(variance + ε) · scale + offset, with one number of each along an axis. Statistics of a batch come from `moments`.
 *
 * @param mean [size of the axis], as variance, offset and scale
 */
export function batchNormalization<
  X extends Value,
  M extends Value,
  V extends Value,
  O extends Value = number,
  S extends Value = number,
>(x: X, mean: M, variance: V, axis: number, options: BatchNormalizationOptions<O, S> = {}): Made<X | M | V | O | S> {
  const { offset, scale, epsilon } = optionsOf("batchNormalization", options, {
    offset: undefined,
    scale: undefined,
    epsilon: 1e-3,
  });
  const write = (value?: Sym, average?: Sym, spread?: Sym, shift?: Sym, factor?: Sym) => {
    const name = "batchNormalization";
    const at = axisOf(name, value!, axis);
    refuseBatch(name, value!, [at]);
    const along = (what: string, vector: Sym) => alongAxis(name, what, value!, vector, at);
    const gain = div(along("scale", factor!), sqrt(add(along("variance", spread!), epsilon)));
    return add(mul(sub(value!, along("mean", average!)), gain), along("offset", shift!));
  };
  const operands = [x, mean, variance, offset ?? 0, scale ?? 1] as (X | M | V | O | S)[];
  return operateOn<X | M | V | O | S>("batchNormalization", "nn.BatchNorm", operands, write, { axis, epsilon });
}

/**
 * x divided by its norm along axes: (Σ |x|^order)^(1/order), where it is not below ε.
 *
 * @param options axis: default -1; order: default 2; epsilon: default 1e-7
 */
export function normalize<A extends Value>(
  x: A,
  axis: Axis = -1,
  order = 2,
  options: { readonly epsilon?: number } = {},
): SameRank<A> {
  const { epsilon } = optionsOf("normalize", options, { epsilon: 1e-7 });
  const write = (value?: Sym) => {
    const axes = axesOf("normalize", value!, axis);
    if (!(order > 0))
      throw new ArgumentError(`normalize: order is ${formatValue(order)}, expected a number above 0, or Infinity.`);
    const own = real(value!);
    if (order === Number.POSITIVE_INFINITY) {
      refuseBatch("normalize", value!, axes);
      return div(own, maximum(reduceMax(abs(own), axes, true), epsilon));
    }
    if (order === 2) return scaleRowsToUnit(own, axes, epsilon);
    return div(own, maximum(power(reduceSum(power(abs(own), order), axes, true), 1 / order), epsilon));
  };
  return operateOn("normalize", "nn.Normalize", [x], write, { axis, order, epsilon }) as SameRank<A>;
}

function scaledRows<A extends Value>(
  name: string,
  keras: string,
  x: A,
  parts: readonly (A | undefined)[],
  axis: Axis,
  epsilon: number,
  standardize: (x: Sym, axes: readonly number[], epsilon: number) => Sym,
): SameRank<A> {
  const [scale, offset] = parts;
  const operands = [x, scale ?? 1, offset ?? 0] as A[];
  const write = (value?: Sym, factor?: Sym, shift?: Sym) => {
    const axes = axesOf(name, value!, axis);
    refuseBatch(name, value!, axes);
    const { shape } = value!.spec;
    const spread = (what: string, vector: Sym) => {
      const sizes = axes.map((at) => shape[at]!);
      const fits = vector.spec.shape.length === 0 || String(vector.spec.shape) === String(sizes);
      if (vector.spec.batched || !fits)
        throw new ShapeError(
          `${name} of ${shapeText(value!)}: ${what} is ${shapeText(vector)}, expected the sizes of axes ${axes.join(", ")}.`,
        );
      return vector.spec.shape.length === 0
        ? vector
        : reshape(
            vector,
            shape.map((size, i) => (axes.includes(i) ? size : 1)),
          );
    };
    return add(mul(standardize(real(value!), axes, epsilon), spread("scale", factor!)), spread("offset", shift!));
  };
  return operateOn(name, keras, operands, write, { axis, epsilon }) as SameRank<A>;
}

/** (x − mean) / √(variance + ε) of each row over axes, · gamma + beta, which have the sizes of these axes. Not over the batch. */
export function layerNormalization<A extends Value>(
  x: A,
  gamma?: A | Value,
  beta?: A | Value,
  axis: Axis = -1,
  options: { readonly epsilon?: number } = {},
): SameRank<A> {
  const { epsilon } = optionsOf("layerNormalization", options, { epsilon: 1e-3 });
  return scaledRows<Value>(
    "layerNormalization",
    "nn.LayerNorm",
    x,
    [gamma, beta],
    axis,
    epsilon,
    standardizeRows,
  ) as SameRank<A>;
}

/** x / √(mean of x² + ε) of each row over axes, · scale. Not over the batch. */
export function rmsNormalization<A extends Value>(
  x: A,
  scale?: A | Value,
  axis: Axis = -1,
  options: { readonly epsilon?: number } = {},
): SameRank<A> {
  const { epsilon } = optionsOf("rmsNormalization", options, { epsilon: 1e-6 });
  return scaledRows<Value>("rmsNormalization", "nn.RMSNorm", x, [scale], axis, epsilon, scaleRowsByRms) as SameRank<A>;
}
