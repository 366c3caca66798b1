import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { classesOf } from "../../base/classes.ts";
import { readHalfFloats } from "../../engine/half-floats.ts";
import type { LayerInfo } from "../../engine/protocol.ts";
import { boxOf } from "../../state/box.ts";
import { readRecordedRun, trainingTime, windowOf } from "./state.ts";

const field = (size: number, start: number, jump = 1) => ({
  shape: [28, 28, 8],
  field: { size: [size, size], start: [start, start], jump: [jump, jump] } as const,
});

test("a unit of the second layer sees 5 x 5 pixels", () => {
  expect(boxOf(field(5, 2), { y: 5, x: 15 }, 28)).toEqual({ y: 5, x: 15, height: 5, width: 5 });
});

test("a box ends at the edge of the image", () => {
  expect(boxOf(field(5, 0), { y: 0, x: 27 }, 28)).toEqual({ y: 0, x: 25, height: 3, width: 3 });
});

test("strides move boxes by the jump", () => {
  expect(boxOf(field(3, 1, 2), { y: 1, x: 2 }, 28)).toEqual({ y: 2, x: 4, height: 3, width: 3 });
});

test("a layer without a field has no box", () => {
  expect(boxOf({ shape: [28, 28, 8] }, { y: 0, x: 0 }, 28)).toBeUndefined();
});

test("the digit that is read is the one with the largest probability, the first of equal ones", () => {
  const rows = new Float32Array(20);
  rows[7] = 0.9;
  rows[12] = 0.5;
  rows[15] = 0.5;
  expect(classesOf(rows)).toEqual([7, 2]);
});

test("a unit that the layer does not have sees nothing", () => {
  expect(boxOf(field(5, 2), { y: 28, x: 0 }, 28)).toBeUndefined();
  expect(boxOf({ ...field(28, 13.5, 0), shape: [10] }, { y: 1, x: 0 }, 28)).toBeUndefined();
});

test("a unit of a layer that reads everything sees the whole image", () => {
  expect(boxOf({ ...field(28, 13.5, 0), shape: [10] }, { y: 0, x: 0 }, 28)).toEqual({
    y: 0,
    x: 0,
    height: 28,
    width: 28,
  });
});

const layers: readonly LayerInfo[] = [
  { name: "a", className: "Conv2D", parameters: 1, ...field(3, 1), shape: [26, 26, 8] },
  { name: "b", className: "Conv2D", parameters: 1, ...field(7, 3, 2), shape: [11, 11, 8] },
  { name: "c", className: "Dense", parameters: 1, shape: [10] },
];

test("the window of a unit on the maps below: here 5 x 5 with a stride of 2", () => {
  expect(windowOf(layers, { layer: "b", y: 3, x: 4 })).toEqual({
    layer: "a",
    box: { y: 6, x: 8, height: 5, width: 5 },
  });
});

test.each(["a", "c", "d"])("layer %s has no maps below, or no window on them", (layer) => {
  expect(windowOf(layers, { layer, y: 0, x: 0 })).toBeUndefined();
});

test("a run takes three times as long as reading its images, in two digits", () => {
  expect(trainingTime(1.234, { images: 4000, epochs: 2 })).toBe(30);
});

test("the recorded run: kernels that are drawn at first, and shipped at last", () => {
  const asset = (name: string) => readFileSync(new URL(`../../../assets/${name}`, import.meta.url));
  const halves = Uint8Array.from(asset("checkpoints.f16")).buffer;
  const file = JSON.parse(asset("run.json").toString()) as { checkpoints: unknown[] };
  const { checkpoints, losses } = readRecordedRun(file, halves);
  expect(checkpoints[0]!.step).toBe(0);
  expect(checkpoints.at(-1)!.step).toBe(losses.length);
  // The file of weights begins with the kernels of the first layer.
  const shipped = readHalfFloats(Uint8Array.from(asset("weights.f16")).buffer.slice(0, 2 * 576));
  expect([...checkpoints.at(-1)!.kernels]).toEqual([...shipped]);
  expect(() => readRecordedRun({ ...file, checkpoints: file.checkpoints.slice(1) }, halves)).toThrow(/59 checkpoints/);
});
