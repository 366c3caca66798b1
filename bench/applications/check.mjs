// @ts-check
/**
 * Compares fovea's applications with Keras's: `node bench/applications/check.mjs FOLDER` after `make.py FOLDER` and `npm run build`.
 * Numbers of weights, names of layers, and outputs: with the weights of the .keras file and of the old .h5 layout, which is that
 * of the published files; and the model that the .keras file describes.
 */
import { existsSync, readFileSync } from "node:fs";
import { built } from "../built.mjs";
import { imagesFor } from "./weights.mjs";

const { clearSession, loadModel, Tensor } = await built("index");
const applications = await built("applications");

const [folder, ...chosen] = process.argv.slice(2);
if (folder === undefined) throw new Error("Which folder did make.py write?");

/** @typedef {import("../../src/train/model.ts").Model} Model */
/** @typedef {{ options: { inputShape: number[] }, y: { data: number[] }, parameters: number, layers: [string, string][] }} Recorded */

/** Largest difference, relative to the largest output. @param {Model} model @param {InstanceType<typeof Tensor>} x @param {number[]} y */
async function gap(model, x, y) {
  const { data } = await model.predict(x, { verbose: 0 });
  const scale = Math.max(...y.map(Math.abs));
  return y.reduce((most, value, i) => Math.max(most, Math.abs(value - /** @type {number} */ (data[i])) / scale), 0);
}

const names = Object.entries(applications).flatMap(([name, made]) => (typeof made === "function" ? [name] : []));
let wrong = 0;
console.log("| application | weights | layers | .keras into ours | old .h5 into ours | loadModel |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const name of chosen.length > 0 ? chosen : names) {
  if (!existsSync(`${folder}/${name}.json`)) continue;
  /** @type {Recorded} */
  const { options, y, parameters, layers } = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
  const shape = [2, ...options.inputShape];
  const x = new Tensor(imagesFor(name, shape), shape);
  const { [name]: make } = /** @type {Record<string, (options: object) => Promise<Model>>} */ (
    /** @type {unknown} */ (applications)
  );
  if (make === undefined) throw new Error(`fovea has no ${name}.`);
  const gaps = [];
  let difference = "";
  for (const file of ["keras", "h5"]) {
    clearSession();
    const model = await make({ weights: `${folder}/${name}.${file}`, ...options });
    const mine = model.layers.map((layer) => `${layer.className} ${layer.name}`);
    const theirs = layers.map((pair) => pair.join(" "));
    const at = theirs.findIndex((each, i) => each !== mine[i]);
    if (at >= 0 || mine.length !== theirs.length) difference = `layer ${at}: ${mine[at]}, Keras has ${theirs[at]}`;
    if (model.countParams() !== parameters) difference = `${model.countParams()} weights`;
    gaps.push(await gap(model, x, y.data));
  }
  gaps.push(
    await gap(/** @type {never} */ (await loadModel(`${folder}/${name}.keras`, { compile: false })), x, y.data),
  );
  if (difference !== "" || !gaps.every((each) => each <= 1e-5)) wrong++;
  const cells = gaps.map((each) => each.toExponential(1));
  console.log(
    `| ${name} | ${parameters} | ${layers.length}${difference && ` (${difference})`} | ${cells.join(" | ")} |`,
  );
}
process.exitCode = wrong === 0 ? 0 : 1;
