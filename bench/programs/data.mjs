// @ts-check
/**
 * Writes what a program of `fovea example` draws, so that Keras trains on the same rows: `node bench/programs/data.mjs NAME SEED FOLDER`
 * after `npm run build`, then `python3 bench/programs/train.py FOLDER`. NAME is segmentation or video.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [name = "", seed = "1", folder = ""] = process.argv.slice(2);
/** Fields of the rows: inputs and targets. */
const fields = { segmentation: ["images", "masks"], video: ["clips", "labels"] }[name];
if (fields === undefined || folder === "")
  throw new Error("Usage: node bench/programs/data.mjs segmentation|video SEED FOLDER");

const { example } = await import(`../../dist/examples/${name}.js`);
const data = await example.draw({ seed: Number(seed), ...example.rows });
mkdirSync(folder, { recursive: true });
/** @type {Record<string, { shape: number[], dtype: string }>} */
const arrays = {};
for (const part of ["train", "test"])
  fields.forEach((field, i) => {
    const { data: values, shape, dtype } = data[part][field];
    const array = `${part}_${"xy"[i]}`;
    writeFileSync(join(folder, `${array}.bin`), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    arrays[array] = { shape, dtype };
  });
const about = { name, seed: Number(seed), epochs: example.epochs, params: example.model(data).countParams(), arrays };
writeFileSync(join(folder, "data.json"), JSON.stringify(about));
