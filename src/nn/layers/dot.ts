import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { batchMatMul } from "../../ops/batch-mat-mul.ts";
import { transpose } from "../../ops/mat-mul.ts";
import { reshape } from "../../ops/reshape.ts";
import { scaleRowsToUnit } from "../../ops/row-statistics.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { ListLayer } from "./merging.ts";
import type { Reading } from "./reading.ts";

type Axes = number | readonly [number, number];

const isAxis = (axis: unknown): boolean => Number.isInteger(axis) && axis !== 0;

const options = {
  /** The axis of both inputs, or one of each, over which products are summed up; not the batch. */
  axes: /* @__PURE__ */ value<Axes>((given, owner, name) => {
    const pair: unknown[] = Array.isArray(given) ? given : [given, given];
    if (pair.length !== 2 || !pair.every(isAxis))
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(given)}, expected a whole number other than 0, or two of them.`,
      );
    return given as Axes;
  }),
  /** Whether both inputs are scaled to length 1 along the axis first: cosines. Default false. */
  normalize: /* @__PURE__ */ flag({ default: false }),
};

export type DotOptions = GivenOptions<typeof options>;

/** Keras's smallest length that is divided by. */
const EPSILON = 1e-6;

/**
 * Inner products of two inputs, row by row. K: `layers/merging/dot.py`.
 *
 * [batch, a…, k], [batch, b…, k] → [batch, a…, b…], [batch, 1] for vectors; `axes` says where k stands.
 *
 * @throws ShapeError when the sizes along the axes differ
 * @example
 * ```ts
 * import { Dot } from "fovea/layers";
 * new Dot({ axes: 2 }).computeOutputShape([[null, 3, 4], [null, 5, 4]]); // [null, 3, 5]
 * ```
 */
export class Dot extends ListLayer<OptionsOf<typeof options>> {
  static override readonly className = "Dot";
  static override readonly options = options;

  constructor(given: DotOptions & LayerOptions) {
    super(given);
  }

  /** The axis of each input, counted from the front. */
  #axesOf(shapes: readonly BatchShape[]): readonly [number, number] {
    const { axes } = this.options;
    const pair = typeof axes === "number" ? [axes, axes] : axes;
    return shapes.map((shape, i) => {
      const axis = pair[i]! < 0 ? pair[i]! + shape.length : pair[i]!;
      if (axis < 1 || axis >= shape.length)
        throw new ArgumentError(
          `${this.title}: axes ${formatValue(axes)} of an input ${formatShape(shape)}; expected 1 … ${shape.length - 1}.`,
        );
      return axis;
    }) as unknown as readonly [number, number];
  }

  override computeOutputShape(shapes: readonly BatchShape[]): BatchShape {
    const [a, b] = shapes;
    if (a === undefined || b === undefined || shapes.length > 2)
      throw new ArgumentError(`${this.title} takes two inputs, got ${shapes.length}.`);
    const [first, second] = this.#axesOf([a, b]);
    const [left, right] = [this.knownAxis(a, first), this.knownAxis(b, second)];
    if (left !== right)
      throw new ShapeError(
        `${this.title}: inputs ${formatShape(a)} and ${formatShape(b)} have ${left} and ${right} entries along axes ${first} and ${second}; expected as many.`,
      );
    const rest = [...a.toSpliced(first, 1).slice(1), ...b.toSpliced(second, 1).slice(1)];
    return [a[0]!, ...(rest.length === 0 ? [1] : rest)];
  }

  override call(inputs: readonly Sym[], _options?: CallOptions): Sym {
    const shapes = inputs.map(({ spec }) => spec.shape);
    const axes = this.#axesOf(shapes);
    const output = this.computeOutputShape(shapes) as readonly number[];
    const [a, b] = inputs.map((x, i) => this.#asRows(x, axes[i]!)) as [Sym, Sym];
    return reshape(batchMatMul(a, b, { transposeB: true }), output);
  }

  /** [batch, …] → [batch, rows, k] with the axis last. */
  #asRows(x: Sym, axis: number): Sym {
    const { shape } = x.spec;
    const order = [...shape.map((_, i) => i).filter((i) => i !== axis), axis];
    const last = order.every((from, to) => from === to) ? x : transpose(x, order);
    const rows = reshape(last, [shape[0]!, sizeOf(shape) / shape[0]! / shape[axis]!, shape[axis]!]);
    if (!this.options.normalize) return rows;
    return scaleRowsToUnit(rows, [2], EPSILON);
  }

  override reading(): Reading {
    return { kind: "all" };
  }
}
