/** Derivatives inside of a step. */

import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { gradients as differentiate } from "../compile/differentiate.ts";
import type { Sym } from "../ir/graph.ts";
import { literal } from "../ops/literal.ts";
import { broadcastTo } from "../ops/reduce.ts";
import { checkSym } from "./doors.ts";
import { currentTrace } from "./trace.ts";
import { Variable } from "./variable.ts";

/** One derivative for each entry of a list. */
export type SymFor<W extends readonly unknown[]> = { -readonly [K in keyof W]: Sym };

const symOf = (each: Sym | Variable): Sym =>
  each instanceof Variable ? currentTrace(`variable "${each.path}"`).origin(each) : each;

/** Derivatives of a value, or of the sum of its entries; undefined where it does not depend on what they are taken by. */
export function gradientsOrNone(value: Sym, of: readonly (Sym | Variable)[]): (Sym | undefined)[] {
  checkSym("gradients", "the value", value);
  if (!Array.isArray(of))
    throw new ArgumentError(`gradients: what they are taken by is ${formatValue(of)}, expected a list.`);
  for (const each of of as readonly unknown[])
    if (!(each instanceof Variable)) checkSym("gradients", "what they are taken by", each);
  const { spec, builder } = value;
  const ones =
    spec.shape.length === 0
      ? undefined
      : broadcastTo(
          literal(
            builder,
            [1],
            spec.shape.map(() => 1),
          ),
          spec,
        );
  return differentiate(value, of.map(symOf), ones).map((gradient) => gradient ?? undefined);
}

/**
 * The derivatives of a value by other values or by weights, inside of a step: each has the shape of what it is taken by, and is 0
 * where the value does not depend on it. They are values like any other: a derivative of them is the second derivative.
 *
 * @param value a scalar; of anything else the sum of its entries is differentiated, so that each row has its own derivative
 * @param of symbolic values that `value` was computed from, or weights
 * @example
 * ```ts
 * import { gradients, jit } from "fovea";
 * import { square, sum, type Sym } from "fovea/ops";
 * const slope = jit((x: Sym) => gradients(sum(square(x)), [x])[0], { device: "reference" });
 * (await slope([[1, 2, 3]])).toArray(); // [[2, 4, 6]]
 * ```
 */
export function gradients<const W extends readonly (Sym | Variable)[]>(value: Sym, of: W): SymFor<W> {
  const slopes = gradientsOrNone(value, of).map((gradient, i) => {
    const { spec, builder } = symOf(of[i]!);
    return (
      gradient ??
      broadcastTo(
        literal(
          builder,
          [0],
          spec.shape.map(() => 1),
        ),
        spec,
      )
    );
  });
  return slopes as SymFor<W>;
}
