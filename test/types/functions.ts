/** Functions of tensors: numbers go in and tensors come out in the structures of what was written. */
import { gradients, input, jit, Sequential, type Tensor, type TensorLike, tensor, valueAndGrad } from "fovea";
import { Dense } from "fovea/layers";
import type { Sym } from "fovea/ops";
import * as ops from "fovea/ops";
import { expectTypeOf } from "vitest";

const numbers = tensor([1, 2]);
const net = new Sequential([new Dense({ units: 2, inputShape: [3] })]);

const one = jit((x: Sym) => ops.abs(x));
expectTypeOf(one).toEqualTypeOf<(x: TensorLike) => Promise<Tensor>>();
expectTypeOf(one([[1, 2]])).resolves.toEqualTypeOf<Tensor>();
// @ts-expect-error an argument is missing
void one();
// @ts-expect-error one argument
void one(numbers, numbers);
// @ts-expect-error no numbers
void one("text");

const nested = jit((weights: { readonly w: Sym; readonly layers: readonly [Sym, { readonly b: Sym }] }, x: Sym) => ({
  y: ops.matmul(x, weights.w),
  parts: [weights.layers[0], { b: weights.layers[1].b }] as const,
}));
const result = await nested({ w: [[1]], layers: [numbers, { b: 1 }] }, numbers);
expectTypeOf(result.y).toEqualTypeOf<Tensor>();
expectTypeOf(result.parts[0]).toEqualTypeOf<Tensor>();
expectTypeOf(result.parts[1].b).toEqualTypeOf<Tensor>();
// @ts-expect-error no such part
void nested({ w: numbers, layers: [numbers, { c: 1 }] }, numbers);

const list = jit((xs: readonly Sym[]) => xs.map((x) => ops.square(x)));
expectTypeOf(list([numbers, [1]])).resolves.toExtend<readonly Tensor[]>();

const step = jit(valueAndGrad((w: Sym, x: Sym, y: Sym) => ops.mean(ops.square(ops.subtract(ops.matmul(x, w), y)))));
const [loss, slope] = await step([[1]], numbers, numbers);
expectTypeOf(loss).toEqualTypeOf<Tensor>();
expectTypeOf(slope).toEqualTypeOf<Tensor>();
const record = jit(
  valueAndGrad((w: { readonly a: Sym; readonly b: Sym }, x: Sym) => ops.sum(ops.add(ops.matmul(x, w.a), w.b))),
);
const [, slopes] = await record({ a: numbers, b: 1 }, numbers);
expectTypeOf(slopes.a).toEqualTypeOf<Tensor>();
// @ts-expect-error no such weight
slopes.c;
// @ts-expect-error a weight is missing
void record({ a: numbers }, numbers);
// @ts-expect-error the value is one symbolic value
valueAndGrad((w: Sym) => [w, w]);

const saliency = jit((x: Sym) => ops.abs(gradients(ops.max(net.call(x), -1), [x])[0]));
expectTypeOf(saliency(numbers)).resolves.toEqualTypeOf<Tensor>();
jit((x: Sym, y: Sym) => {
  const [dx, dy] = gradients(ops.sum(ops.multiply(x, y)), [x, y]);
  expectTypeOf(dx).toEqualTypeOf<Sym>();
  const all = gradients(ops.sum(x), net.trainableWeights);
  expectTypeOf(all).toEqualTypeOf<Sym[]>();
  // @ts-expect-error two derivatives
  gradients(ops.sum(x), [x, y])[2];
  return ops.add(dx, dy);
});
// Options of operations.
const picture = input({ shape: [8, 8, 1] });
ops.image.resize(picture, [4, 4], { interpolation: "nearest" });
ops.maxPool(picture, 2, { padding: "same" });
ops.cast(picture, "int32");
// @ts-expect-error no such interpolation
ops.image.resize(picture, [4, 4], { interpolation: "nearst" });
// @ts-expect-error no such padding
ops.maxPool(picture, 2, { padding: "full" });
// @ts-expect-error no such dtype
ops.cast(picture, "float65");
// @ts-expect-error a function of symbolic values is wanted
jit((x: Sym) => String(x));
// @ts-expect-error no such option
jit((x: Sym) => x, { devices: "cpu" });
