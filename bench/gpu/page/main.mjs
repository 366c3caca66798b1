// @ts-check
/** The page of one peer: `startPeer` makes its model on WebGPU, `timePeer` times its steps. Called from chromium.mjs. */
import { timeSteps } from "../../peers/steps.mjs";

/** Each peer is a chunk of its own, loaded where it is asked for. @type {Record<string, (data: import("../../peers/steps.mjs").Data, batch: number) => Promise<import("../../peers/steps.mjs").Steps>>} */
const makers = {
  fovea: async (data, batch) => (await import("./fovea.mjs")).makeSteps(data, batch),
  tfjs: async (data, batch) => {
    await import("@tensorflow/tfjs-backend-webgpu");
    return (await import("../../peers/tfjs-model.mjs")).makeSteps("webgpu", data, batch);
  },
  "jax-js": async (data, batch) => (await import("../../peers/jax-js-model.mjs")).makeSteps("webgpu", data, batch),
};

/** @param {number} batch @returns {Promise<import("../../peers/steps.mjs").Data>} */
async function fetchData(batch) {
  const bytes = async (/** @type {string} */ name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  const [pixels, labels] = await Promise.all([bytes("pixels"), bytes("labels")]);
  const oneHot = new Float32Array(batch * 10);
  labels.subarray(0, batch).forEach((label, i) => {
    oneHot[i * 10 + label] = 1;
  });
  return { images: Float32Array.from(pixels.subarray(0, batch * 784), (pixel) => pixel / 255), oneHot };
}

/** @type {import("../../peers/steps.mjs").Steps | undefined} */
let steps;

Object.assign(globalThis, {
  /** Resolves to the first step's seconds, compilation and all. @param {string} peer @param {number} batch */
  startPeer: async (peer, batch) => {
    const data = await fetchData(batch);
    const began = performance.now();
    steps = await /** @type {typeof makers[string]} */ (makers[peer])(data, batch);
    const loss = await steps.train();
    return { firstStepSeconds: (performance.now() - began) / 1000, loss };
  },
  /** @param {"train" | "predict"} task @param {number} batch @param {number} seconds */
  timePeer: (task, batch, seconds) => {
    if (steps === undefined) throw new Error("startPeer comes first.");
    return timeSteps(steps[task], batch, seconds, 1);
  },
});
document.body.dataset.ready = "true";
