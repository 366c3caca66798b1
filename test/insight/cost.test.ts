import { Sequential } from "fovea";
import { cost, costText } from "fovea/insight";
import { type BatchShape, Conv2D, Dense, Dropout, Flatten, Layer, MaxPooling2D } from "fovea/layers";
import { expect, test } from "vitest";
import { StateError } from "../../src/base/errors.ts";
import type { Sym } from "../../src/ir/graph.ts";

function handout() {
  return new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1], name: "conv1" }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", name: "conv2" }),
    new Flatten({ name: "flatten" }),
    new Dense({ units: 10, activation: "softmax", name: "dense" }),
  ]);
}

test("the handout's model: the numbers of its lecture", () => {
  const { layers, ...sums } = cost(handout());
  expect(layers).toEqual([
    {
      layer: "conv1",
      className: "Conv2D",
      outputShape: [26, 26, 64],
      params: 640,
      multiplyAdds: 389_376,
      outputBytes: 4 * 43_264,
      locallyConnectedParams: 432_640,
      denseParams: 33_962_240,
    },
    {
      layer: "conv2",
      className: "Conv2D",
      outputShape: [24, 24, 32],
      params: 18_464,
      multiplyAdds: 10_616_832,
      outputBytes: 4 * 18_432,
      locallyConnectedParams: 10_635_264,
      denseParams: 797_460_480,
    },
    {
      layer: "flatten",
      className: "Flatten",
      outputShape: [18_432],
      params: 0,
      multiplyAdds: 0,
      outputBytes: 4 * 18_432,
      locallyConnectedParams: undefined,
      denseParams: undefined,
    },
    {
      layer: "dense",
      className: "Dense",
      outputShape: [10],
      params: 184_330,
      multiplyAdds: 184_320,
      outputBytes: 40,
      locallyConnectedParams: undefined,
      denseParams: undefined,
    },
  ]);
  expect(sums).toEqual({
    params: 203_434,
    paramBytes: 813_736,
    multiplyAdds: 11_190_528,
    outputBytes: 4 * (43_264 + 2 * 18_432 + 10),
  });
});

test("groups, strides, padding and pooling; a network without shared weights", () => {
  const model = new Sequential([
    new Conv2D({ filters: 6, kernelSize: [3, 2], strides: 2, padding: "same", groups: 2, inputShape: [9, 7, 4] }),
    new MaxPooling2D(),
    new Dropout({ rate: 0.5 }),
    new Dense({ units: 3, useBias: false }),
  ]);
  const { layers } = cost(model);
  // 5x4 places, 6 filters, 3x2 window over 4/2 channels.
  expect(layers.map(({ multiplyAdds }) => multiplyAdds)).toEqual([5 * 4 * 6 * 3 * 2 * 2, 0, 0, 2 * 2 * 6 * 3]);
  expect(layers[0]).toMatchObject({ params: 3 * 2 * 2 * 6 + 6, locallyConnectedParams: 20 * (72 + 6) });
  expect(layers.slice(1).map(({ denseParams }) => denseParams)).toEqual([undefined, undefined, undefined]);
  // The twin of the handout's model: as many parameters, a 55th of the work.
  const twin = new Sequential([
    new Flatten({ inputShape: [28, 28] }),
    new Dense({ units: 256, activation: "relu" }),
    new Dense({ units: 10 }),
  ]);
  expect(cost(twin)).toMatchObject({ params: 203_530, multiplyAdds: 203_264 });
});

test("costText is one aligned table with sums", () => {
  expect(costText(handout())).toBe(
    `layer              output     params  multiply-adds  output bytes  params, not shared  params, as Dense
─────────────────  ────────  ───────  ─────────────  ────────────  ──────────────────  ────────────────
conv1 (Conv2D)     26x26x64      640        389,376     169.00 KB             432,640        33,962,240
conv2 (Conv2D)     24x24x32   18,464     10,616,832      72.00 KB          10,635,264       797,460,480
flatten (Flatten)  18432           0              0      72.00 KB                   –                 –
dense (Dense)      10        184,330        184,320       40.00 B                   –                 –
total                        203,434     11,190,528     313.04 KB

Of one image, forward; a training step takes about three times the multiply-adds. 203,434 float32 parameters take 794.66 KB.
`,
  );
});

test("an unbuilt model, an axis of unknown size and a layer of someone's own are told apart", () => {
  expect(() => cost(new Sequential([new Dense({ units: 1 })]))).toThrow(StateError);
  const anySize = new Sequential([new Dense({ units: 2, inputShape: [null, 3], name: "wide" })]);
  expect(() => cost(anySize)).toThrow(/Layer "wide" has a shape with unknown axes, \(None, None, 3\)/);
  class Square extends Layer {
    override call(x: Sym): Sym {
      return x;
    }
  }
  class Mixed extends Square {
    override build([, channels]: BatchShape): void {
      this.addWeight({ shape: [channels!] });
    }
  }
  const own = new Sequential([
    new Square({ inputShape: [2], name: "mine" }),
    new Mixed({ name: "mixed" }),
    new Dense({ units: 3 }),
  ]);
  expect(cost(own)).toMatchObject({
    layers: [{ multiplyAdds: 0 }, { multiplyAdds: undefined, params: 2 }, { multiplyAdds: 6 }],
    multiplyAdds: 6,
  });
  expect(costText(own)).toMatch(/\nMultiply-adds not known, and not in the total: mixed \(Mixed\)\.\n$/);
});
