/** AveragePooling2D and GlobalAveragePooling2D: messages, configs, and the numbers that only a mean without padding gives. */
import { beforeEach, describe, expect, test } from "vitest";
import { toSnakeCaseKeys } from "../../src/base/case.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { AveragePooling2D, GlobalAveragePooling2D } from "../../src/nn/layers/index.ts";
import { clearSession } from "../../src/nn/process-state.ts";
import { runLayer } from "./run-layer.ts";

beforeEach(() => clearSession());

const bad = <T>(options: unknown) => options as T;

test("padding counts neither in the sum nor in what it is divided by", () => {
  const layer = new AveragePooling2D({ poolSize: 3, strides: 2, padding: "same" });
  // 4x4 padded by one row and column at the end: windows of 9, 6, 6 and 4 cells.
  const data = Array.from({ length: 16 }, (_, i) => i);
  expect([...runLayer(layer, { shape: [1, 4, 4, 1], data }).output]).toEqual(
    [5, 6.5, 11, 12.5].map((value) => expect.closeTo(value, 6)),
  );
});

describe("refused", () => {
  test.each([
    ["no pool size", () => new AveragePooling2D(bad({})), /poolSize is undefined, expected a whole number/],
    ["pool size", () => new AveragePooling2D({ poolSize: [2, 0] }), /poolSize is \[2,0\]/],
    ["padding", () => new AveragePooling2D(bad({ poolSize: 2, padding: "sam" })), /"sam"\. Did you mean "same"\?/],
    ["keepdims", () => new GlobalAveragePooling2D(bad({ keepdims: 1 })), /keepdims is 1, expected true or false/],
    [
      "place of the channels",
      () => new GlobalAveragePooling2D(bad({ dataFormat: "first" })),
      /dataFormat of GlobalAveragePooling2D "global_average_pooling2d" "first"/,
    ],
    ["misspelt", () => new GlobalAveragePooling2D(bad({ keepDims: true })), /Did you mean "keepdims"\?/],
  ])("%s", (_title, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test("a window larger than the image", () => {
    const build = () => new AveragePooling2D({ poolSize: 4 }).build([null, 3, 8, 1]);
    expect(build).toThrow(
      /^AveragePooling2D "average_pooling2d": window 4x4 does not fit input 3x8 .* poolSize <= 3\.$/,
    );
    expect(build).toThrow(ShapeError);
  });

  test("vectors", () => {
    expect(() => new GlobalAveragePooling2D().build([null, 8])).toThrow(/takes inputs of 4 axes .* got 2/);
  });
});

test("configs are Keras's, key by key", () => {
  const dtype = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };
  const text = (layer: AveragePooling2D | GlobalAveragePooling2D) => JSON.stringify(toSnakeCaseKeys(layer.getConfig()));
  expect(text(new AveragePooling2D({ poolSize: [2, 3], name: "a" }))).toBe(
    JSON.stringify({
      name: "a",
      trainable: true,
      dtype,
      pool_size: [2, 3],
      padding: "valid",
      strides: [2, 3],
      data_format: "channels_last",
    }),
  );
  expect(text(new GlobalAveragePooling2D({ name: "g" }))).toBe(
    JSON.stringify({ name: "g", trainable: true, dtype, data_format: "channels_last", keepdims: false }),
  );
});
