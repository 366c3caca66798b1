// @ts-check
/** The same pixels for every peer: real MNIST where it can be found, else random ones. Written once as raw bytes. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { built } from "./built.mjs";

const { mnist } = await built("datasets");

export const IMAGES = 4096;

/** @param {string | undefined} asked a folder with the four MNIST files */
export async function prepareData(asked) {
  const beside = fileURLToPath(new URL("../../shared/data/mnist", import.meta.url));
  const dir = asked ?? (process.env.FOVEA_DATA ? join(process.env.FOVEA_DATA, "mnist") : beside);
  const folder = mkdtempSync(join(tmpdir(), "fovea-bench-"));
  let pixels = new Uint8Array(IMAGES * 784);
  let labels = new Uint8Array(IMAGES);
  let source = "random pixels (no MNIST was found)";
  if (existsSync(dir)) {
    const { train } = await mnist.load({ dir, dtype: "uint8" });
    pixels.set(train.images.data.subarray(0, pixels.length));
    labels = Uint8Array.from(train.labels.data.subarray(0, IMAGES));
    source = "MNIST";
  } else {
    pixels = pixels.map(() => Math.floor(Math.random() * 256));
    labels = labels.map(() => Math.floor(Math.random() * 10));
  }
  writeFileSync(join(folder, "pixels"), pixels);
  writeFileSync(join(folder, "labels"), labels);
  return { folder, source };
}
