// @ts-check
/**
 * How cost grows: training the handout's model with another batch size, image size or number of channels, one thing at a time.
 * Each figure is the best of some rounds that go over all sizes in turn. Run after `npm run build`: node bench/growth.mjs;
 * writes bench/results/growth.{json,md}.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { built } from "./built.mjs";

const { Sequential, setSeed, tensor } = await built("index");
const { cost } = await built("insight");
const { Conv2D, Dense, Flatten } = await built("layers");

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const threads = Number(values.threads);

/** @typedef {{ batch: number, size: number, channels: number }} Setting */
const usual = { batch: 32, size: 28, channels: 64 };
/** @type {{ title: string, vary: keyof Setting, at: number[] }[]} */
const series = [
  { title: "Batch size", vary: "batch", at: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] },
  { title: "Image size", vary: "size", at: [8, 12, 16, 20, 24, 28, 32, 48, 64, 96] },
  {
    title: "Channels (of the first layer; half as many in the second)",
    vary: "channels",
    at: [4, 8, 16, 32, 64, 128, 256],
  },
];

/** Trains one setting for some time. @param {Setting} setting */
async function measure({ batch, size, channels }) {
  setSeed(1);
  const model = new Sequential([
    new Conv2D({ filters: channels, kernelSize: 3, activation: "relu", inputShape: [size, size, 1] }),
    new Conv2D({ filters: channels / 2, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads });
  /** @param {number} count */
  const fit = async (count) => {
    const x = tensor(new Float32Array(count * size * size).fill(0.5), [count, size, size, 1]);
    const y = tensor(
      Int32Array.from({ length: count }, (_, i) => i % 10),
      [count],
    );
    const start = performance.now();
    await model.fit(x, y, { batchSize: batch, verbose: 0 });
    return count / ((performance.now() - start) / 1000);
  };
  await fit(batch);
  const rate = await fit(2 * batch);
  const count = batch * Math.max(2, Math.round((rate * seconds) / batch));
  const imagesPerSecond = await fit(Math.min(count, Math.ceil(3e7 / (size * size))));
  const compiled = await model.compiledSteps();
  const bytes = [...(compiled?.steps.values() ?? [])].map(({ executable }) =>
    Object.values(executable.bytes).reduce((sum, part) => sum + part, 0),
  );
  compiled?.device.dispose();
  // Forward once and backward twice, two operations each.
  return { imagesPerSecond, bytes: Math.max(...bytes), flops: 6 * cost(model).multiplyAdds };
}

const results = [];
const lines = [
  "# How cost grows",
  "",
  `The handout's model in training, ${threads} threads of ${cpus()[0]?.model}, Node ${process.version}; batch ${usual.batch}, images ${usual.size}x${usual.size}, ${usual.channels} channels where nothing else is said. Best of ${rounds} rounds. GFLOP/s count what direct convolution would take; bytes are what the compiled step holds on the device, without the weights.`,
];
for (const { title, vary, at } of series) {
  /** @type {Map<number, Awaited<ReturnType<typeof measure>>>} */
  const best = new Map();
  for (let round = 0; round < rounds; round++)
    for (const value of at) {
      const got = await measure({ ...usual, [vary]: value });
      const known = best.get(value);
      if (known === undefined || known.imagesPerSecond < got.imagesPerSecond) best.set(value, got);
      process.stderr.write(`${vary} ${value}: ${got.imagesPerSecond.toFixed(0)} images/s\n`);
    }
  lines.push("", `## ${title}`, "", `| ${vary} | images/s | GFLOP/s | step holds |`, "|---|---|---|---|");
  for (const [value, { imagesPerSecond, bytes, flops }] of best) {
    results.push({ vary, value, imagesPerSecond, bytes, flops });
    lines.push(
      `| ${value} | ${imagesPerSecond.toFixed(0)} | ${((imagesPerSecond * flops) / 1e9).toFixed(0)} | ${(bytes / 2 ** 20).toFixed(1)} MB |`,
    );
  }
}
const text = `${lines.join("\n")}\n`;
process.stdout.write(text);
const file = (/** @type {string} */ extension) => new URL(`results/growth.${extension}`, import.meta.url);
writeFileSync(file("md"), text);
writeFileSync(file("json"), `${JSON.stringify(results, null, 1)}\n`);
process.exit(0);
