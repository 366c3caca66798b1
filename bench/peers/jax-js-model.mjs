// @ts-check
/** The handout's model in jax-js, which has no layers and no optimizers: the model and Adam are written by hand. */
import { defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";

const shapes = [[64, 1, 3, 3], [64, 1, 1], [32, 64, 3, 3], [32, 1, 1], [18432, 10], [10]];
const RATE = 0.001;
const EPSILON = 1e-7;

/** @param {number[]} shape @param {number} scale */
const draw = (shape, scale) =>
  np
    .array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (Math.random() * 2 - 1) * scale))
    .reshape(shape);

/** @param {any[]} w @param {any} x */
function forward([w1, b1, w2, b2, w3, b3], x) {
  const h1 = nn.relu(lax.conv(x, w1, [1, 1], "VALID").add(b1));
  const h2 = nn.relu(lax.conv(h1, w2, [1, 1], "VALID").add(b2));
  return np.matmul(h2.reshape([-1, 18432]), w3).add(b3);
}

/**
 * One training step and one prediction of the first `batch` images.
 * @param {"wasm" | "webgpu"} device @param {import("./steps.mjs").Data} data @param {number} batch
 * @returns {Promise<import("./steps.mjs").Steps>}
 */
export async function makeSteps(device, data, batch) {
  await init(device);
  defaultDevice(device);
  const weights = shapes.map((shape) => draw(shape, shape.length === 3 || shape.length === 1 ? 0 : 0.05));
  const zeros = () => shapes.map((shape) => draw(shape, 0));
  let state = { w: weights, m: zeros(), v: zeros() };
  const gradient = jit((/** @type {any} */ w, /** @type {any} */ x, /** @type {any} */ y) =>
    valueAndGrad((/** @type {any} */ p) =>
      nn
        .logSoftmax(forward(p, x))
        .mul(y)
        .sum()
        .mul(-1 / x.shape[0]),
    )(w),
  );
  const update = jit((/** @type {any} */ s, /** @type {any[]} */ g) => {
    const m = s.m.map((/** @type {any} */ each, /** @type {number} */ i) => each.mul(0.9).add(g[i].ref.mul(0.1)));
    const v = s.v.map((/** @type {any} */ each, /** @type {number} */ i) =>
      each.mul(0.999).add(np.square(g[i]).mul(0.001)),
    );
    const w = s.w.map((/** @type {any} */ each, /** @type {number} */ i) =>
      each.sub(m[i].ref.mul(RATE).div(np.sqrt(v[i].ref).add(EPSILON))),
    );
    return { w, m, v };
  });
  const infer = jit((/** @type {any} */ w, /** @type {any} */ x) => nn.softmax(forward(w, x)));
  const images = () => np.array(data.images.slice(0, batch * 784)).reshape([batch, 1, 28, 28]);
  const targets = () => np.array(data.oneHot.slice(0, batch * 10)).reshape([batch, 10]);
  const keep = () => state.w.map((/** @type {any} */ each) => each.ref);
  return {
    train: async () => {
      const [loss, g] = gradient(keep(), images(), targets());
      const value = await loss.data();
      state = update(state, g);
      await state.w[5].ref.data();
      return value[0];
    },
    predict: async () => {
      await infer(keep(), images()).data();
    },
  };
}
