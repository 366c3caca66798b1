import { gradients, jit, tensor } from "fovea";
import { Layer } from "fovea/layers";
import { add, multiply, type Sym, square, sum } from "fovea/ops";
import { describe, expect, test } from "vitest";

const device = { device: "reference" } as const;

describe("arguments of jit", () => {
  test.each([
    ["nested numbers alone", [[1, 2, 3]], [[2, 4, 6]]],
    ["a tensor", tensor([[1, 2, 3]]), [[2, 4, 6]]],
    ["a typed array", Float32Array.of(1, 2, 3), [2, 4, 6]],
  ])("%s", async (_, x, expected) => {
    const slope = jit((each: Sym) => gradients(sum(square(each)), [each])[0], device);
    expect((await slope(x)).toArray()).toEqual(expected);
  });

  test("records and lists, however deep", async () => {
    const f = jit(
      (w: { readonly a: Sym; readonly pair: readonly [Sym, { readonly b: Sym }] }) => ({
        sum: add(w.a, w.pair[0]),
        parts: [multiply(w.pair[1].b, 2)] as const,
      }),
      device,
    );
    const result = await f({ a: [1, 2], pair: [tensor([10, 20]), { b: tensor([5, 6]) }] });
    expect(result.sum.toArray()).toEqual([11, 22]);
    expect(result.parts[0].toArray()).toEqual([10, 12]);
  });
});

test("a weight of an unknown axis is refused by name", () => {
  class Scale extends Layer {
    override build([, channels]: readonly (number | null)[]) {
      this.addWeight({ name: "scale", shape: [channels] });
    }
    override call(x: Sym) {
      return x;
    }
  }
  expect(() => new Scale({ name: "s" }).build([null])).toThrow(
    /Scale "s": weight "scale" would have shape \(None,\); all of its axes must be known/,
  );
  expect(() => new Scale({ name: "s" }).build([null, null])).toThrow(/would have shape \(None,\)/);
});
