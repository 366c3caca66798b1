/** The base of layers that work on texts and tables, which no compiled step holds. */
import { StateError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type CategoryMode, categoriesShape } from "./categories.ts";
import { Layer } from "./layer.ts";
import type { Entries } from "./texts.ts";

/**
 * A layer that is computed on the host, before a step: `run` takes and gives what its class says. In a program it is a function of
 * the data: `dataset.map((text) => layer.run(text))`.
 */
export abstract class HostLayer<O extends object = object> extends Layer<O> {
  /** Numbers of words and rows. */
  protected override get precision(): "float32" {
    return "float32";
  }

  /** @throws StateError unless the layer can be part of a model: a step holds numbers alone */
  override call(_x: Sym): Sym {
    throw new StateError(
      `${this.title} works on the host, before a step: give the model what layer.run(data) returns, or map a Dataset: dataset.map((x) => layer.run(x)).`,
    );
  }
}

/** Numbers of each row as a vector, as `CategoryEncoding` has it; a number outside counts for none. One row may stand alone. */
export function encodeOnHost(
  title: string,
  mode: CategoryMode,
  { shape, values }: Entries<number>,
  depth: number,
): Tensor {
  const rows = shape.length < 2 && mode !== "one_hot" ? [1, values.length] : shape;
  const target = categoriesShape(title, mode, rows as BatchShape, depth) as readonly number[];
  const made = new Int32Array(sizeOf(target));
  const width = mode === "one_hot" ? 1 : rows[1]!;
  values.forEach((value, i) => {
    if (value < 0 || value >= depth) return;
    const at = Math.floor(i / width) * depth + value;
    made[at] = mode === "count" ? made[at]! + 1 : 1;
  });
  return new Tensor(made, shape.length < 2 && mode !== "one_hot" ? [depth] : target);
}
