/** Checks of the examples by topic: the loss falls, and the answers are better than what is known without training. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Tensor, tensor } from "fovea";
import { gradCam } from "fovea/insight";
import { saveImg } from "fovea/utils";
import { expect, test } from "vitest";
import { trainAutoencoder } from "../../examples/autoencoder.ts";
import { trainConvMixer } from "../../examples/convmixer.ts";
import { explainDigits } from "../../examples/grad-cam.ts";
import { classifyFolder } from "../../examples/image-classification.ts";
import { trainUpscaler } from "../../examples/super-resolution.ts";
import { foretellTemperature } from "../../examples/time-series.ts";
import { trainUNet } from "../../examples/unet.ts";
import { trainVisionTransformer } from "../../examples/vision-transformer.ts";
import { distance, mean } from "./numbers.ts";

const falls = ({ loss }: Record<string, readonly number[]>) => expect(loss!.at(-1)).toBeLessThan(0.6 * loss![0]!);
const squaredError = (a: Tensor, b: Tensor) => mean(Array.from(a.data, (value, i) => (value - b.data[i]!) ** 2));

test("image classification: a folder of images by their stripes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fovea-folder-"));
  try {
    const image = (kind: number, i: number) =>
      tensor(
        Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => {
          const [x, y] = [Math.floor(at / 3) % 16, Math.floor(at / 48)];
          return 127 + 100 * Math.sin((kind === 0 ? x : y) * 1.1 + i) + 20 * Math.sin(at * 12.9898 + i);
        }),
        [16, 16, 3],
      );
    for (const [kind, name] of ["across", "down"].entries()) {
      mkdirSync(join(folder, name));
      for (let i = 0; i < 20; i++) await saveImg(join(folder, name, `${i}.png`), image(kind, i), { scale: false });
    }
    const { history, found, classNames, nameOf } = await classifyFolder(folder, {
      device: "cpu",
      size: 16,
      epochs: 6,
      batchSize: 8,
    });
    expect(classNames).toEqual(["across", "down"]);
    falls(history);
    expect(found.accuracy).toBe(1);
    expect(await nameOf(join(folder, "down", "3.png"))).toBe("down");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("U-Net: classes of pixels", async () => {
  const { history, found, predicted, masks } = await trainUNet("cpu");
  falls(history);
  // The metric of the run, by its definition.
  const likeliest = Array.from(masks.data, (_, i) => {
    const scores = predicted.data.subarray(3 * i, 3 * i + 3);
    return scores.indexOf(Math.max(...scores));
  });
  const iou = [0, 1, 2].map((kind) => {
    const both = likeliest.filter((each, i) => each === kind && masks.data[i] === kind).length;
    return both / likeliest.filter((each, i) => each === kind || masks.data[i] === kind).length;
  });
  expect(found.iou).toBeCloseTo(mean(iou), 4);
  expect(found.iou).toBeGreaterThan(0.6);
});

test("autoencoder: less noise than in what it was given", async () => {
  const { history, given, cleaned, clean, codes } = await trainAutoencoder("cpu");
  falls(history);
  expect(codes.shape).toEqual([32, 7, 7, 16]);
  expect(squaredError(cleaned, clean)).toBeLessThan(0.5 * squaredError(given, clean));
});

test("ConvMixer", async () => {
  const { history, found } = await trainConvMixer("cpu");
  falls(history);
  expect(found.accuracy).toBeGreaterThan(0.8);
});

test("vision transformer", async () => {
  const { model, history, found, images } = await trainVisionTransformer("cpu");
  falls(history);
  expect(found.accuracy).toBeGreaterThan(0.6);
  // It knows where a patch was: patches in another order have another answer.
  const turned = tensor(
    images.data.map((_, i) => images.data[784 * Math.floor(i / 784) + ((i + 12 * 28) % 784)]!),
    images.shape,
  );
  const [straight, moved] = [await model.predict(images, { verbose: 0 }), await model.predict(turned, { verbose: 0 })];
  expect(distance(straight.data, moved.data)).toBeGreaterThan(0.1);
});

test("Grad-CAM by hand is that of fovea/insight", async () => {
  const { net, history, heat, images } = await explainDigits("cpu");
  falls(history);
  const { maps } = await gradCam(net, images, { layer: "maps" });
  expect(heat.shape).toEqual(maps.shape);
  expect(distance(heat.data, maps.data)).toBeLessThan(1e-5);
  expect(Math.max(...heat.data)).toBeGreaterThan(0.1);
});

test("super-resolution: nearer to the truth than a plain enlargement", async () => {
  const { history, psnr } = await trainUpscaler("cpu");
  falls(history);
  expect(psnr.learnt).toBeGreaterThan(psnr.plain + 2);
});

test("a time series: nearer than the guess that nothing changes", async () => {
  const { history, degrees } = await foretellTemperature("cpu");
  falls(history);
  expect(degrees.network).toBeLessThan(0.5 * degrees.stays);
});
