// @ts-check
/**
 * Every layer that has golden numbers of Keras, as a model of its own with Keras's weights, for `layers.py`, which opens them in
 * real Keras. Run by hand: `npm run build && node bench/files/layers.mjs <empty folder>`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { built } from "../built.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node bench/files/layers.mjs <empty folder>");
const { modelFromJSON, tensor } = await built("index");

/** @typedef {{ shape: number[], data: number[], dtype?: string }} Value */
/** @typedef {{ layer: string, config: object, kerasConfig?: object, training: boolean, inputs: Value[], weights: { value: Value }[], output: Value, positional?: boolean, callArgs?: object }} Golden */

/** @returns {Golden[]} @param {string} file */
const casesOf = (file) =>
  JSON.parse(readFileSync(new URL(`../../test/golden/${file}.json`, import.meta.url), "utf8")).cases;

/** The architecture of a model of one layer. @param {Golden} golden */
function architecture({ layer, config, kerasConfig, inputs, positional = false }) {
  const names = inputs.map((_, i) => `input_${i}`);
  const tensors = names.map((name, i) => ({
    class_name: "__keras_tensor__",
    config: { keras_history: [name, 0, 0], shape: inputs[i]?.shape },
  }));
  return {
    class_name: "Functional",
    config: {
      name: "one",
      layers: [
        ...inputs.map(({ shape, dtype = "float32" }, i) => ({
          class_name: "InputLayer",
          name: names[i],
          config: { name: names[i], batch_shape: [null, ...shape.slice(1)], dtype },
          inbound_nodes: [],
        })),
        {
          class_name: layer,
          name: "own",
          config: { ...(kerasConfig ?? config), name: "own" },
          inbound_nodes: [{ args: positional || tensors.length === 1 ? tensors : [tensors], kwargs: {} }],
        },
      ],
      input_layers: names.map((name) => [name, 0, 0]),
      output_layers: [["own", 0, 0]],
    },
  };
}

/** @param {Value} value */
const tensorOf = ({ shape, data, dtype }) =>
  tensor(dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data), shape);

let written = 0;
/** @type {Map<string, string>} */
const left = new Map();
// Masks, states and several outputs are arguments of the call, and no part of a file.
const cases = [...casesOf("layers"), ...casesOf("sequence-layers")].filter(
  ({ training, callArgs, output }) => !training && callArgs === undefined && output !== undefined,
);
for (const golden of cases)
  try {
    const model = modelFromJSON(/** @type {never} */ (architecture(golden)));
    model.setWeights(golden.weights.map(({ value }) => tensorOf(value)));
    const name = `${golden.layer}_${written}`;
    await model.save(join(folder, `${name}.keras`));
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ inputs: golden.inputs, output: golden.output }));
    written++;
  } catch (error) {
    left.set(`${golden.layer} ${JSON.stringify(golden.config)}`, String(error).slice(0, 160));
  }
for (const [name, why] of left) console.log(`${name} is left out: ${why}`);
console.log(`wrote ${written} models to ${folder}, ${left.size} left out`);
