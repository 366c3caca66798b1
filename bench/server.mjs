// @ts-check
/**
 * A server that trains: 20 callers ask for 10 predictions each while the handout's model is in `fit`. Tells whether all answers are
 * those of a model by itself, how long they take, and how long the event loop is held up. Run after `npm run build`:
 * node bench/server.mjs; writes bench/results/server.{json,md}.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { built } from "./built.mjs";

const { Sequential, setSeed, tensor } = await built("index");
const { Conv2D, Dense, Flatten } = await built("layers");
const { SGD } = await built("optimizers");

const [CALLERS, CALLS] = [20, 10];
const silent = { verbose: /** @type {const} */ (0) };

/** @param {number} threads */
async function measure(threads) {
  setSeed(1);
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  // A learning rate of 0 trains and leaves the weights as they are, so that each answer is known.
  model.compile({
    optimizer: new SGD({ learningRate: 0 }),
    loss: "sparse_categorical_crossentropy",
    device: "cpu",
    threads,
  });
  const pixels = (/** @type {number} */ rows) =>
    tensor(
      Float32Array.from({ length: rows * 784 }, (_, i) => ((i * 7919) % 251) / 251),
      [rows, 28, 28, 1],
    );
  const [x, y] = [pixels(2048), Int32Array.from({ length: 2048 }, (_, i) => i % 10)];
  const alone = (await model.predict(x.slice(0, CALLERS), silent)).data;
  await model.fit(x, y, silent);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let right = 0;
  /** @type {number[]} */
  const times = [];
  let isDone = false;
  delay.enable();
  const training = (async () => {
    while (!isDone) await model.fit(x, y, silent);
  })();
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let call = 0; call < CALLS; call++) {
        const start = performance.now();
        const { data } = await model.predict(x.slice(caller, caller + 1), silent);
        times.push(performance.now() - start);
        const expected = alone.subarray(10 * caller, 10 * caller + 10);
        if (data.every((value, i) => Math.abs(value - /** @type {number} */ (expected[i])) < 1e-6)) right++;
      }
    }),
  );
  isDone = true;
  await training;
  delay.disable();
  times.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => times[Math.floor(share * (times.length - 1))] ?? Number.NaN;
  const result = { threads, answers: times.length, right, medianMs: at(0.5), slowestMs: at(1) };
  return { ...result, delayP50Ms: delay.percentile(50) / 1e6, delayP99Ms: delay.percentile(99) / 1e6 };
}

const rows = [];
for (const threads of [1, 2]) rows.push(await measure(threads));
const machine = `${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
const markdown = [
  "# A server that trains",
  "",
  `${CALLERS} callers, ${CALLS} predictions of one row each, while the handout's model trains with batches of 32. ${machine}.`,
  "",
  "| threads | right answers | median | slowest | event loop delay, p50 | p99 |",
  "|---|---|---|---|---|---|",
  ...rows.map(
    (row) =>
      `| ${row.threads} | ${row.right} of ${row.answers} | ${row.medianMs.toFixed(1)} ms | ${row.slowestMs.toFixed(1)} ms | ${row.delayP50Ms.toFixed(1)} ms | ${row.delayP99Ms.toFixed(1)} ms |`,
  ),
  "",
].join("\n");
writeFileSync(new URL("results/server.json", import.meta.url), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
writeFileSync(new URL("results/server.md", import.meta.url), markdown);
process.stdout.write(markdown);
process.exit(0);
