/** Layers over space: where the channels are, margins, and what the messages say. */
import { describe, expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import {
  BatchNormalization,
  Conv2D,
  Cropping1D,
  Cropping2D,
  type Layer,
  MaxPooling2D,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding1D,
  ZeroPadding3D,
} from "../../src/nn/layers/index.ts";
import { Trace } from "../../src/nn/trace.ts";

const bad = <T>(options: T) => options as never;

describe("channels first", () => {
  const first = { dataFormat: "channels_first" } as const;

  /** Names of the nodes of the layers, one behind the other. */
  function nodesOf(layers: readonly Layer[], shape: readonly number[]): string[] {
    const builder = new GraphBuilder();
    const x = builder.input("x", { shape, dtype: "float32", batched: true });
    const y = new Trace({ builder, training: false }).write(() =>
      layers.reduce((value, layer) => layer.call(value, { training: false, mask: undefined }), x),
    );
    builder.output("y", y);
    return simplify(builder.finish()).nodes.map(({ op }) => op.name);
  }

  test("neighbours are transposed once at their edges, not between them", () => {
    const layers = [
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", ...first }),
      new MaxPooling2D({ ...first }),
      new Conv2D({ filters: 2, kernelSize: 1, ...first }),
    ];
    const names = nodesOf(layers, [2, 3, 8, 8]);
    expect(names.filter((name) => name === "transpose")).toHaveLength(2);
    expect(names.at(0)).toBe("transpose");
    expect(names.at(-1)).toBe("transpose");
  });

  test("margins and repetitions are written where the axes are", () => {
    const layers = [new ZeroPadding3D({ ...first }), new BatchNormalization({ axis: 1 })];
    expect(nodesOf(layers, [2, 3, 2, 2, 2])).not.toContain("transpose");
    expect(
      nodesOf([new UpSampling2D({ ...first }), new Cropping2D({ cropping: 1, ...first })], [2, 3, 4, 4]),
    ).not.toContain("transpose");
  });

  test("null is channels last, and the case of letters does not matter", () => {
    const format = (dataFormat: unknown) =>
      new Conv2D(bad({ filters: 1, kernelSize: 1, dataFormat })).getConfig().dataFormat;
    expect([null, undefined, "CHANNELS_FIRST"].map(format)).toEqual([
      "channels_last",
      "channels_last",
      "channels_first",
    ]);
  });

  test("messages name the axes in their order", () => {
    const build = () => new Conv2D({ filters: 1, kernelSize: 3, ...first }).build([null, 8, 8]);
    expect(build).toThrow(/takes inputs of 4 axes \[batch, channels, height, width\], got 3: \(None, 8, 8\)/);
    expect(() => new MaxPooling2D({ poolSize: 4, ...first }).build([null, 8, 3, 8])).toThrow(
      /window 4x4 does not fit input 3x8/,
    );
    expect(() => new Conv2D({ filters: 1, kernelSize: 3, ...first }).build([null, null, 8, 8])).toThrow(
      /must know axis 1 of its input/,
    );
  });
});

describe("margins", () => {
  test.each([
    [
      () => new ZeroPadding1D({ padding: bad([1, 2, 3]) }),
      /padding is \[1,2,3\], expected a whole number of 0 or more, or \[before, after\]/,
    ],
    [() => new ZeroPadding1D({ padding: -1 }), /padding is -1/],
    [
      () => new ZeroPadding3D({ padding: bad([1, 2]) }),
      /expected a whole number of 0 or more, \[depth, rows, columns\] or \[\[front, back\]/,
    ],
    [() => new Cropping2D({ cropping: bad([[1], 2]) }), /cropping is \[\[1\],2\], expected .*\[\[top, bottom\]/],
    [() => new Cropping1D({ cropping: bad("1") }), /cropping is "1"/],
    [() => new UpSampling1D({ size: 0 }), /size is 0, expected a whole number of 1 or more/],
    [
      () => new UpSampling2D({ interpolation: bad("cubic") }),
      /interpolation of UpSampling2D "up_sampling2d.*" "cubic"\. Did you mean "bicubic"/,
    ],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
  });

  test("a cropping that leaves nothing is an error, also of sizes that are known late", () => {
    const layer = new Cropping2D({
      cropping: [
        [0, 1],
        [2, 2],
      ],
    });
    expect(layer.computeOutputShape([null, null, 5, 3])).toEqual([null, null, 1, 3]);
    expect(() => layer.computeOutputShape([null, 8, 4, 3])).toThrow(
      /cropping is \[\[0,1\],\[2,2\]\], which leaves nothing of the 4 cells of axis 2; crop fewer/,
    );
  });

  test("only axes of known size grow", () => {
    expect(new ZeroPadding1D({ padding: 2 }).computeOutputShape([null, null, 3])).toEqual([null, null, 3]);
    expect(new UpSampling2D({ size: [2, 3] }).computeOutputShape([4, null, 5, 1])).toEqual([4, null, 15, 1]);
  });
});
