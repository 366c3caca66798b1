// @ts-check
/** fovea predicts with a network of networks.mjs, a batch a call. */
import { built } from "../built.mjs";
import { inputOf, networkOf, timeCalls } from "../networks.mjs";
import { serve } from "./serve.mjs";

const { Tensor } = await built("index");
const { make, shape } = networkOf(process.env.BENCH_MODEL ?? "handout");
const model = await make();
model.compile({ device: "cpu", threads: Number(process.env.BENCH_THREADS ?? 2) });

await serve({
  train: () => Promise.reject(new Error("Networks are compared in prediction.")),
  predict: async (batch, seconds) => {
    const x = new Tensor(inputOf(batch, shape), [batch, ...shape]);
    const call = () => model.predict(x, { batchSize: batch, verbose: 0 });
    return timeCalls(batch, seconds, async () => (await call()).data);
  },
  first: () => model.predict(new Tensor(inputOf(1, shape), [1, ...shape]), { verbose: 0 }),
});
