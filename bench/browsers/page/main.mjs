// @ts-check
/**
 * The page of the browser bench. All sides live in it at once and take turns: `openSide` loads a side's code and its model and
 * predicts once, `timeSide` times its predictions, `predictWith` gives its numbers. Called from ../run.mjs.
 */

/**
 * @typedef {{ model: string, shape: number[], device: "cpu" | "gpu", threads: number }} Setting
 * `predict` resolves to the outputs of so many first images; `threads` is what the side itself says that it has.
 * @typedef {{ predict(batch: number): Promise<Float32Array>, threads: number }} Side
 */

/** @type {Float32Array | undefined} */
let pixels;
/** The first images. @param {number[]} shape @param {number} batch */
const imagesOf = (shape, batch) =>
  /** @type {Float32Array} */ (pixels).slice(
    0,
    shape.reduce((size, axis) => size * axis, batch),
  );

/** A call of a side may feed its own copy of the images: what a tensor of it costs is a part of the call. @type {Record<string, (setting: Setting) => Promise<Side>>} */
const sides = {
  fovea: async ({ model: name, shape, device, threads }) => {
    /** @type {typeof import("../../../src/browser.ts")} */
    const { loadModel, tensor } = await import(addressOf("fovea/fovea.js"));
    const model = await loadModel(new URL(`models/${name}/model.keras`, location.href));
    model.compile({ optimizer: "sgd", loss: "mse", device, ...(device === "cpu" && { threads }) });
    return {
      predict: async (batch) => {
        const x = tensor(imagesOf(shape, batch), [batch, ...shape]);
        return /** @type {Float32Array} */ (/** @type {any} */ (await model.predictOnBatch(x)).data);
      },
      threads: globalThis.crossOriginIsolated ? threads : 1,
    };
  },
  onnxruntime: async ({ model: name, shape, device, threads }) => {
    const ort = await import(
      addressOf(device === "gpu" ? "ort/ort.webgpu.bundle.min.mjs" : "ort/ort.wasm.bundle.min.mjs")
    );
    ort.env.wasm.numThreads = threads;
    const session = await ort.InferenceSession.create(`models/${name}/model.onnx`, {
      executionProviders: [device === "gpu" ? "webgpu" : "wasm"],
    });
    const [[inputName], [outputName]] = [session.inputNames, session.outputNames];
    return {
      predict: async (batch) => {
        const x = new ort.Tensor("float32", imagesOf(shape, batch), [batch, ...shape]);
        const { [outputName]: y } = await session.run({ [inputName]: x });
        return y.data;
      },
      threads: ort.env.wasm.numThreads,
    };
  },
  tfjs: async ({ model: name, shape, device, threads }) => {
    await addScript("tfjs/tf.min.js");
    await addScript(device === "gpu" ? "tfjs-webgpu/tf-backend-webgpu.min.js" : "tfjs-wasm/tf-backend-wasm.min.js");
    const { tf } = /** @type {any} */ (globalThis);
    if (device === "cpu") {
      tf.wasm.setWasmPaths(addressOf("tfjs-wasm/"));
      tf.wasm.setThreadsCount(threads);
    }
    const backend = device === "gpu" ? "webgpu" : "wasm";
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend "${backend}" here.`);
    const model = await tf.loadLayersModel(`models/${name}/model.json`);
    return {
      predict: async (batch) => {
        const x = tf.tensor(imagesOf(shape, batch), [batch, ...shape]);
        const y = model.predictOnBatch(x);
        const values = await y.data();
        tf.dispose([x, y]);
        return values;
      },
      threads: device === "cpu" ? tf.wasm.getThreadsCount() : 1,
    };
  },
};

/** Not known before it runs: no bundler is to look for it. @param {string} path */
const addressOf = (path) => new URL(path, location.href).href;

/** @param {string} path */
const addScript = (path) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = path;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${path} could not be loaded.`));
    document.head.append(script);
  });

/** @type {Map<string, Side>} */
const opened = new Map();
const sideOf = (/** @type {string} */ name) => {
  const side = opened.get(name);
  if (side === undefined) throw new Error(`openSide("${name}") comes first.`);
  return side;
};

Object.assign(globalThis, {
  /** @param {string} name of the side @param {Setting} setting @returns seconds from its first byte of code to its first prediction */
  openSide: async (name, setting) => {
    pixels ??= new Float32Array(await (await fetch(`models/${setting.model}/pixels`)).arrayBuffer());
    const began = performance.now();
    const side = await /** @type {typeof sides[string]} */ (sides[name])(setting);
    await side.predict(1);
    opened.set(name, side);
    return { firstSeconds: (performance.now() - began) / 1000, threads: side.threads };
  },
  /** One after the other, until the time is over. @param {string} name @param {number} batch @param {number} seconds */
  timeSide: async (name, batch, seconds) => {
    const side = sideOf(name);
    const began = performance.now();
    let calls = 0;
    do {
      await side.predict(batch);
      calls++;
    } while (performance.now() - began < seconds * 1000);
    return { images: calls * batch, seconds: (performance.now() - began) / 1000 };
  },
  /** @param {string} name @param {number} batch */
  predictWith: async (name, batch) => Array.from(await sideOf(name).predict(batch)),
});
document.body.dataset.ready = "true";
