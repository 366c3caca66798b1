/** Reads the golden runs of real Keras, which lie beside the checkout. */
import { existsSync, readFileSync } from "node:fs";
import { mnist } from "fovea/datasets";
import { sharedFolder } from "../shared-folder.ts";
import type { GoldenRun, GoldenRunData, GoldenRunName } from "./golden-run.ts";

const folder = `${sharedFolder}golden/`;

export const hasGoldenRuns = existsSync(`${folder}seed_cnn.json`);

function readFloats(file: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(`${folder}${file}`);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

export async function readGoldenRun(name: GoldenRunName): Promise<GoldenRunData> {
  const run = JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as GoldenRun;
  const { train, test } = await mnist.load({ dir: `${sharedFolder}data/mnist` });
  return {
    run,
    initial: readFloats(`${name}.initial.bin`),
    final: readFloats(`${name}.final.bin`),
    images: train.images.slice(...run.trainImages),
    labels: train.labels.slice(...run.trainImages),
    testImages: test.images.slice(0, run.testPredictions.shape[0]!),
  };
}
