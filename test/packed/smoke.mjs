/** A user's program, run by every host: trains the handout's CNN, narrower, on the CPU, a little on the GPU, and says what it ran on. */
import { devices, Sequential, setSeed, toCategorical } from "fovea";
import { digits } from "fovea/datasets";
import { Conv2D, Dense, Flatten } from "fovea/layers";

const { train, test } = await digits.load({ train: 400, test: 100 });
let said = "";
const write = (/** @type {string} */ text) => {
  said += text;
};

/** @param {"cpu" | "gpu"} device @param {number} rows @param {number} epochs */
async function fit(device, rows, epochs) {
  setSeed(1);
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  const threads = device === "cpu" ? { threads: 2 } : {};
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device, ...threads });
  const [images, targets] = [train.images.slice(0, rows), toCategorical(train.labels.slice(0, rows), 10)];
  const { history } = await model.fit(images, targets, { epochs, verbose: 2, write });
  return { model, loss: history.loss };
}

const { model, loss } = await fit("cpu", 400, 3);
const { accuracy } = await model.evaluate(test.images, toCategorical(test.labels, 10), { verbose: 0 });
const predicted = (await model.predict(test.images.slice(0, 4), { verbose: 0 })).argMax().toArray();
const few = { cpu: (await fit("cpu", 64, 1)).loss, gpu: (await fit("gpu", 64, 1)).loss };
const { Deno, Bun } = /** @type {any} */ (globalThis);
const found = Object.fromEntries((await devices()).map(({ name, description }) => [name, description]));
process.stdout.write(
  JSON.stringify({
    version: Deno?.version.deno ?? Bun?.version ?? process.versions.node,
    found,
    loss,
    accuracy,
    predicted,
    few,
    said,
  }),
);
