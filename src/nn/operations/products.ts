/** Products of matrices and tensors. K: `ops/numpy.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { axisOf, checkBroadcast, real, shapeText } from "./checks.ts";
import { contract, type Labelled } from "./contraction.ts";
import { operateOn } from "./operation.ts";
import type { Made, Value } from "./value.ts";

const letters = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/**
 * Matrix product of the last two axes; leading axes are broadcast, vectors stand for a row (x1) or a column (x2).
 * [..., m, k] · [..., k, n] → [..., m, n].
 *
 * @throws ShapeError where the inner sizes differ, and where rows of one batch would meet rows of another
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { matmul, transpose } from "fovea/ops";
 * const [queries, keys] = [input({ shape: [5, 8] }), input({ shape: [7, 8] })];
 * matmul(queries, transpose(keys, [0, 2, 1])).shape; // [null, 5, 7]
 * ```
 */
export function matmul<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return operateOn<A | B>("matmul", "numpy.Matmul", [x1, x2], (a, b) => matmulOf(real(a!), real(b!)));
}

function matmulOf(a: Sym, b: Sym): Sym {
  const [rankA, rankB] = [a.spec.shape.length, b.spec.shape.length];
  if (rankA === 0 || rankB === 0)
    throw new ShapeError(`matmul of ${shapeText(a)} and ${shapeText(b)}: a scalar has no matrix; use multiply.`);
  const lead = letters(Math.max(rankA, rankB, 2) - 2, "lead");
  const left = { value: a, labels: rankA === 1 ? ["k"] : [...lead.slice(lead.length - rankA + 2), "m", "k"] };
  const right = { value: b, labels: rankB === 1 ? ["k"] : [...lead.slice(lead.length - rankB + 2), "k", "n"] };
  const inner = b.spec.shape[rankB === 1 ? 0 : rankB - 2];
  if (a.spec.shape[rankA - 1] !== inner)
    throw new ShapeError(
      `matmul of ${shapeText(a)} and ${shapeText(b)}: the last axis of the first is ${a.spec.shape[rankA - 1]}, axis ${rankB === 1 ? -1 : -2} of the second ${inner}; they must be equal. Transpose one of them?`,
    );
  const out = [...lead, ...(rankA === 1 ? [] : ["m"]), ...(rankB === 1 ? [] : ["n"])];
  return contract("matmul", withoutOnes(left, right), withoutOnes(right, left), out);
}

/** Drops the axes of size 1 that repeat along an axis of the other operand. */
function withoutOnes(own: Labelled, other: Labelled): Labelled {
  const { shape, batched } = own.value.spec;
  const repeats = (label: string, axis: number) => {
    const at = other.labels.indexOf(label);
    if (at < 0 || shape[axis] !== 1 || label === "k" || (batched && axis === 0)) return false;
    return other.value.spec.shape[at] !== 1 || (other.value.spec.batched && at === 0);
  };
  const kept = shape.map((_, axis) => axis).filter((axis) => !repeats(own.labels[axis]!, axis));
  return {
    value: reshape(
      own.value,
      kept.map((axis) => shape[axis]!),
    ),
    labels: kept.map((axis) => own.labels[axis]!),
  };
}

/** Σ over the last axis of x1 and the last but one (or only) axis of x2, for all pairs of the others; of scalars the product. */
export function dot<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return operateOn<A | B>("dot", "numpy.Dot", [x1, x2], (a, b) => {
    const [rankA, rankB] = [a!.spec.shape.length, b!.spec.shape.length];
    if (rankA === 0 || rankB === 0) {
      checkBroadcast("dot", [a!, b!]);
      return mul(a!, b!);
    }
    return tensordotOf("dot", real(a!), real(b!), [rankA - 1], [Math.max(0, rankB - 2)]);
  });
}

/**
 * Σ over pairs of axes; the others stay, those of x1 first.
 *
 * @param axes how many of the last axes of x1 meet the first of x2, or [axes of x1, axes of x2]; default 2
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { tensordot } from "fovea/ops";
 * tensordot(input({ shape: [4, 3] }), input({ shape: [4, 3] }), [[0, 1, 2], [0, 1, 2]]).shape; // []
 * ```
 */
export function tensordot<A extends Value, B extends Value>(
  x1: A,
  x2: B,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Made<A | B> {
  const write = (a?: Sym, b?: Sym) => {
    if (typeof axes === "number") {
      const [rankA, rankB] = [a!.spec.shape.length, b!.spec.shape.length];
      if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(rankA, rankB))
        throw new ArgumentError(
          `tensordot: axes ${formatValue(axes)} of ${shapeText(a!)} and ${shapeText(b!)}, expected a whole number from 0 to ${Math.min(rankA, rankB)}.`,
        );
      const first = Array.from({ length: axes }, (_, i) => i);
      return tensordotOf(
        "tensordot",
        real(a!),
        real(b!),
        first.map((i) => rankA - axes + i),
        first,
      );
    }
    const [ofA, ofB] = axes.map((each) => (typeof each === "number" ? [each] : each)) as [number[], number[]];
    return tensordotOf("tensordot", real(a!), real(b!), ofA, ofB);
  };
  return operateOn<A | B>("tensordot", "numpy.Tensordot", [x1, x2], write, { axes });
}

function tensordotOf(name: string, a: Sym, b: Sym, axesA: readonly number[], axesB: readonly number[]): Sym {
  if (axesA.length !== axesB.length)
    throw new ArgumentError(
      `${name}: ${axesA.length} axes of the first operand and ${axesB.length} of the second; give pairs.`,
    );
  const labelled = (value: Sym, axes: readonly number[], prefix: string): Labelled => {
    const labels = letters(value.spec.shape.length, prefix);
    axes.forEach((axis, i) => {
      labels[axisOf(name, value, axis)] = `sum${i}`;
    });
    return { value, labels };
  };
  const [left, right] = [labelled(a, axesA, "a"), labelled(b, axesB, "b")];
  const out = [...left.labels, ...right.labels].filter((label) => !label.startsWith("sum"));
  return contract(name, left, right, out);
}
