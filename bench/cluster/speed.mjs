// @ts-check
/**
 * Two processes of one thread against one process of two threads, in turn, so that both meet the same neighbours. Run after
 * `npm run build`, on a quiet machine: node bench/cluster/speed.mjs --rounds 6 --model handout --mpirun "mpirun.openmpi ..."
 */
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "6" },
    model: { type: "string", default: "handout" },
    batch: { type: "string", default: "128" },
    rows: { type: "string", default: "2048" },
    mpirun: {
      type: "string",
      default: "mpirun --allow-run-as-root --oversubscribe --bind-to none --mca btl self,vader",
    },
  },
});
const train = fileURLToPath(new URL("train.mjs", import.meta.url));
const [mpirun, ...options] = /** @type {[string, ...string[]]} */ (values.mpirun.split(" "));
const setting = (/** @type {number} */ threads) =>
  JSON.stringify({ threads, model: values.model, batchSize: Number(values.batch), rows: Number(values.rows) });
/** @type {Record<string, { command: string, args: string[] }>} */
const ways = {
  "1 process x 1 thread": { command: process.execPath, args: [train, setting(1)] },
  "1 process x 2 threads": { command: process.execPath, args: [train, setting(2)] },
  "2 processes x 1 thread": { command: mpirun, args: [...options, "-n", "2", process.execPath, train, setting(1)] },
};
/** @type {Record<string, number[]>} */
const speeds = {};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, { command, args }] of Object.entries(ways)) {
    const text = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const result = JSON.parse(text.split("\n").find((line) => line.startsWith("{")) ?? "{}");
    speeds[name] = [...(speeds[name] ?? []), ...result.imagesPerSecond];
    const load = loadavg()[0]?.toFixed(1);
    console.log(
      `round ${round + 1}, load ${load}, ${name}: ${result.imagesPerSecond.join(", ")} images/s, ${result.exchangesPerStep} exchanges of ${result.exchangeMsPerStep.toFixed(2)} ms in all a step`,
    );
  }
}
const median = (/** @type {number[]} */ list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
for (const [name, list] of Object.entries(speeds))
  console.log(`${name}: best ${Math.max(...list)}, median ${median(list)} images/s`);
const ratio = (/** @type {(list: number[]) => number} */ of) =>
  (of(speeds["2 processes x 1 thread"] ?? []) / of(speeds["1 process x 2 threads"] ?? [1])).toFixed(2);
console.log(
  `2 processes x 1 thread / 1 process x 2 threads: best ${ratio((list) => Math.max(...list))}, median ${ratio(median)}`,
);
