import { Sequential, tensor } from "fovea";
import { AveragePooling2D, Conv2D, MaxPooling2D } from "fovea/layers";
import { expect, test } from "vitest";
import {
  convolve,
  faultOf,
  formulaOf,
  type Image,
  type KernelName,
  kernelNames,
  kernelOf,
  marginOf,
  nextPlace,
  outputSide,
  paddings,
  placeUnder,
  pool,
  resized,
  type Settings,
  sizes,
  sumAt,
  termsAt,
} from "./state.ts";

const plain: Settings = { size: 3, stride: 1, dilation: 1, padding: "valid" };

/** An image without symmetry. */
const picture = (side: number): Image => ({
  data: Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * i + 1)),
  height: side,
  width: side,
});

const settingsOf = function* (): Generator<Settings> {
  for (const size of sizes)
    for (const padding of paddings)
      for (const stride of [1, 2, 3, 4]) for (const dilation of [1, 2, 3]) yield { size, stride, dilation, padding };
};

test("every setting that the station allows gives what fovea's Conv2D gives", async () => {
  let compared = 0;
  for (const side of [12, 28])
    for (const settings of settingsOf()) {
      if (faultOf(settings, side) !== undefined) continue;
      const { size, stride, dilation, padding } = settings;
      const kernel = Float32Array.from({ length: size * size }, (_, i) => Math.cos(3 * i));
      const layer = new Conv2D({
        filters: 1,
        kernelSize: size,
        strides: stride,
        dilationRate: dilation,
        padding,
        activation: "relu",
        inputShape: [side, side, 1],
      });
      const model = new Sequential([layer]);
      model.compile({ device: "reference" });
      model.setWeights([tensor(kernel, [size, size, 1, 1]), tensor([0.25])]);
      const image = picture(side);
      const [theirs] = [await model.predict(tensor(Float32Array.from(image.data), [1, side, side, 1]), { verbose: 0 })];
      const ours = convolve(image, { ...settings, kernel, bias: 0.25, isRelu: true });
      expect([1, ours.height, ours.width, 1]).toEqual(theirs!.shape);
      Array.from(ours.data).forEach((each, i) => {
        expect(each).toBeCloseTo(theirs!.data[i]!, 5);
      });
      compared++;
    }
  expect(compared).toBeGreaterThan(60);
});

test("pooling is fovea's", async () => {
  const image = picture(13);
  for (const [kind, Layer] of [
    ["max", MaxPooling2D],
    ["average", AveragePooling2D],
  ] as const)
    for (const size of [2, 3]) {
      const model = new Sequential([new Layer({ poolSize: size, inputShape: [13, 13, 1] })]);
      model.compile({ device: "reference" });
      const theirs = await model.predict(tensor(Float32Array.from(image.data), [1, 13, 13, 1]), { verbose: 0 });
      const ours = pool(image, kind, size);
      expect(ours.height).toBe(Math.floor(13 / size));
      Array.from(ours.data).forEach((each, i) => {
        expect(each).toBeCloseTo(theirs.data[i]!, 6);
      });
    }
});

test("wrong settings say which control mends them", () => {
  expect(faultOf({ ...plain, stride: 2, dilation: 2 }, 28)).toMatchObject({ control: "dilation" });
  const wide = { ...plain, size: 5 as const, dilation: 3 };
  expect(faultOf(wide, 12)?.text).toContain("spans 13 pixels and the image has 12");
  expect(faultOf({ ...wide, padding: "same" }, 12)).toBeUndefined();
  expect(faultOf(wide, 28)).toBeUndefined();
});

test("the formula's result is the side of the map", () => {
  expect(formulaOf(plain, 28)).toBe("⌊(28 − (3 − 1) · 1 − 1) / 1⌋ + 1 = 26");
  expect(formulaOf({ ...plain, padding: "same", stride: 2 }, 28)).toBe("⌈28 / 2⌉ = 14");
  for (const settings of settingsOf())
    if (faultOf(settings, 28) === undefined)
      expect(convolve(picture(28), { ...settings, kernel: new Float32Array(25), bias: 0, isRelu: false }).height).toBe(
        outputSide(settings, 28),
      );
});

test("nine products and the bias are the sum; the margin brings nothing", () => {
  const image = picture(28);
  const kernel = kernelOf("sobel x", 3);
  const terms = termsAt(image, kernel, { ...plain, padding: "same" }, { y: 0, x: 5 });
  expect(terms.map(({ isMargin }) => isMargin)).toEqual([true, true, true, ...new Array(6).fill(false)]);
  const sum = terms.reduce((total, { product }) => total + product, 0.5);
  expect(sumAt(image, { ...plain, padding: "same", kernel, bias: 0.5, isRelu: false }, { y: 0, x: 5 })).toBeCloseTo(
    sum,
    12,
  );
  expect(marginOf({ ...plain, padding: "same" }, 28)).toBe(1);
});

test("kernels do what their names say", () => {
  const image = picture(28);
  const even: Image = { data: new Float32Array(784).fill(0.5), height: 28, width: 28 };
  const at = { y: 10, x: 12 };
  for (const size of [3, 5] as const) {
    const sum = (name: KernelName, on: Image) =>
      sumAt(on, { ...plain, size, kernel: kernelOf(name, size), bias: 0, isRelu: false }, at);
    const middle = (size - 1) / 2;
    expect(sum("identity", image)).toBeCloseTo(image.data[(at.y + middle) * 28 + at.x + middle]!, 6);
    for (const name of ["edge", "sobel x", "sobel y"] as const) expect(sum(name, even)).toBeCloseTo(0, 6);
    for (const name of ["identity", "blur", "sharpen", "emboss"] as const) expect(sum(name, even)).toBeCloseTo(0.5, 6);
  }
  expect(kernelOf("sobel x", 3)).toEqual([-1, 0, 1, -2, 0, 2, -1, 0, 1]);
  expect(kernelOf("sobel y", 3)).toEqual([-1, -2, -1, 0, 0, 0, 1, 2, 1]);
  expect(kernelOf("emboss", 3)).toEqual([-2, -1, 0, -1, 1, 1, 0, 1, 2]);
  for (const name of kernelNames) expect(kernelOf(name, 1)).toHaveLength(1);
});

test("another size keeps the middle of a kernel", () => {
  const kernel = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(resized(kernel, 1)).toEqual([5]);
  expect(resized(resized(kernel, 5), 3)).toEqual(kernel);
});

test("the window comes to the pixel that is pointed at", () => {
  expect(placeUnder(plain, 28, { y: 6, x: 16 })).toEqual({ y: 5, x: 15 });
  expect(placeUnder(plain, 28, { y: 0, x: 27 })).toEqual({ y: 0, x: 25 });
  expect(placeUnder({ ...plain, stride: 2, padding: "same" }, 28, { y: 27, x: 14 })).toEqual({ y: 13, x: 7 });
});

test("playing goes on in reading order and begins again", () => {
  expect(nextPlace({ y: 0, x: 25 }, { height: 26, width: 26 })).toEqual({ y: 1, x: 0 });
  expect(nextPlace({ y: 25, x: 25 }, { height: 26, width: 26 })).toEqual({ y: 0, x: 0 });
});
