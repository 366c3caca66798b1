// @ts-check
/**
 * Kills one of several processes at random moments, and tells whether fovea's own words name it and how soon all have ended. Run
 * after `npm run build`, on Linux with Open MPI: node bench/cluster/kills.mjs --kills 20 --processes 3 --from 0.3 --to 4
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    processes: { type: "string", default: "3" },
    from: { type: "string", default: "0.3" },
    to: { type: "string", default: "4" },
    mpirun: {
      type: "string",
      default:
        "mpirun.openmpi --allow-run-as-root --oversubscribe --bind-to none --mca btl self,vader --mca mpi_yield_when_idle 1",
    },
  },
});
const train = fileURLToPath(new URL("train.mjs", import.meta.url));
const [file, ...options] = /** @type {[string, ...string[]]} */ (values.mpirun.split(" "));
const [kills, processes, from, to] = /** @type {[number, number, number, number]} */ (
  [values.kills, values.processes, values.from, values.to].map(Number)
);
const setting = JSON.stringify({ threads: 1, model: "normalized", batchSize: 12, rows: 120, epochs: 10_000 });

/** The process of a rank, by the launcher's variables; undefined where it has not been started. @param {number} rank */
function findProcess(rank) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      try {
        const read = (/** @type {string} */ what) => readFileSync(`/proc/${name}/${what}`, "utf8").split("\0");
        const variables = read("environ");
        const isRank = ["OMPI_COMM_WORLD_RANK", "PMI_RANK"].some((each) => variables.includes(`${each}=${rank}`));
        return isRank && read("cmdline")[1] === train;
      } catch {
        return false;
      }
    });
}

let [named, longest] = [0, 0];
for (let i = 0; i < kills; i++) {
  const seconds = from + (to - from) * Math.random();
  const victim = Math.floor(processes * Math.random());
  const child = spawn(file, [...options, "-n", `${processes}`, process.execPath, train, setting]);
  let said = "";
  child.stderr.on("data", (/** @type {Buffer} */ text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const pid = findProcess(victim);
  if (pid === undefined) throw new Error(`Rank ${victim} is not there after ${seconds} s; begin later.`);
  process.kill(Number(pid), "SIGKILL");
  const killed = performance.now();
  const code = await ended;
  const after = (performance.now() - killed) / 1000;
  const isNamed = said.includes(`error: Rank ${victim} (process ${pid} `);
  named += isNamed ? 1 : 0;
  longest = Math.max(longest, after);
  console.log(
    `after ${seconds.toFixed(2)} s, rank ${victim}: ${isNamed ? "named" : "not named"}, exit code ${code}, all ended after ${after.toFixed(2)} s`,
  );
}
console.log(`${named} of ${kills} named by fovea; all had ended after ${longest.toFixed(2)} s at most`);
