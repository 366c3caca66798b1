// @ts-check
/** ONNX Runtime's native build predicts with a network of networks.mjs, which fovea wrote as a file, a batch a call. */
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { inputOf, networkOf, timeCalls } from "../networks.mjs";
import { serve } from "./serve.mjs";

const name = process.env.BENCH_MODEL ?? "handout";
const threads = Number(process.env.BENCH_THREADS ?? 2);
const session = await InferenceSession.create(join(process.env.BENCH_DATA ?? ".", `${name}.onnx`), {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
});
const { shape } = networkOf(name);
const [input, output] = [String(session.inputNames[0]), String(session.outputNames[0])];

/** @param {number} batch */
function predict(batch) {
  const x = new Tensor("float32", inputOf(batch, shape), [batch, ...shape]);
  return async () => /** @type {Float32Array} */ ((await session.run({ [input]: x }))[output]?.data);
}

await serve({
  train: () => Promise.reject(new Error("ONNX Runtime does not train.")),
  predict: (batch, seconds) => timeCalls(batch, seconds, predict(batch)),
  first: predict(1),
});
