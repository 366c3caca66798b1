/** The shape of a layer's output, found by writing its `call` into a graph that is thrown away. */
import type { DType } from "../../base/dtype.ts";
import { flatten, mapNested, type Nested, pack } from "../../base/structure.ts";
import { GraphBuilder, type Sym } from "../../ir/graph.ts";
import { type BatchShape, isBatchShape, isKerasTensor, isSym, type KerasTensor } from "../keras-tensor.ts";
import { Trace } from "../trace.ts";
import type { Layer } from "./layer.ts";
import { mapOptions } from "./layer-node.ts";
import type { NodeOptions } from "./layer-types.ts";

interface InputSpec {
  readonly shape: BatchShape;
  readonly dtype: DType;
}

/** Sizes that stand for the batch and for axes of unknown size. Two large primes: an axis that differs between them is unknown. */
const BATCH = 2;
const STAND_INS = [97, 101] as const;

/** The shapes of a structure of symbolic values; a batched axis 0 is null. */
export function shapesOf(structure: Nested<KerasTensor> | Nested<Sym>): Nested<BatchShape> {
  const shapeOf = (leaf: KerasTensor | Sym): BatchShape => (isKerasTensor(leaf) ? leaf.shape : batchShapeOf(leaf));
  const isLeaf = (value: unknown): value is KerasTensor | Sym => isKerasTensor(value) || isSym(value);
  return mapNested<KerasTensor | Sym, BatchShape>(structure as Nested<KerasTensor | Sym>, isLeaf, shapeOf);
}

function batchShapeOf({ spec: { shape, batched } }: Sym): BatchShape {
  return batched ? [null, ...shape.slice(1)] : shape;
}

/** The layer's output shapes for inputs in this structure; axes that follow an input's unknown axis are null. */
export function inferShapes(
  layer: Layer<object, Nested<Sym>>,
  structure: Nested<BatchShape>,
  inputs: readonly InputSpec[],
  options: NodeOptions = {},
): Nested<BatchShape> {
  const trace = (standIn: number): Nested<Sym> => {
    const builder = new GraphBuilder();
    let made = 0;
    const symOf = ({ shape, dtype }: InputSpec) => {
      const sizes = shape.map((axis, at) => (at === 0 ? BATCH : (axis ?? standIn)));
      return builder.input(`x${made++}`, { shape: sizes, dtype, batched: true });
    };
    const args = pack(structure, isBatchShape, inputs.map(symOf));
    const given = { ...mapOptions(options, symOf), training: false };
    return new Trace({ builder, training: false }).write(() => layer.call(args, given));
  };
  const rows = inputs[0]?.shape[0] ?? null;
  const known = inputs.every(({ shape }) => shape.slice(1).every((axis) => axis !== null));
  const first = trace(STAND_INS[0]);
  const second = known ? first : trace(STAND_INS[1]);
  const others = flatten(second, isSym);
  let at = 0;
  return mapNested<Sym, BatchShape>(first, isSym, ({ spec }) => {
    const other = others[at++]!.spec;
    return spec.shape.map((size, axis) => {
      if (axis === 0 && spec.batched) return rows;
      return size === other.shape[axis] ? size : null;
    });
  });
}
