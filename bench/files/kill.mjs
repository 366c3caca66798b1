// @ts-check
/**
 * Kills trainings with checkpoints at random moments, goes on with them, and compares how they end, bit for bit. Run by hand:
 * `npm run build && node bench/files/kill.mjs [--kills 50] [--epochs 6] [--seed 1]`.
 *
 * Each kill has a training of its own: it is killed (SIGKILL) while it trains, started again, and must end with the hash of the
 * undisturbed training, over weights, optimizer and history.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { built } from "../built.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string", default: "50" },
    epochs: { type: "string", default: "6" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
  },
});

if (positionals[0] === "train") await train(/** @type {string} */ (positionals[1]));
else await killAll(Number(values.kills), Number(values.seed));

/** Random numbers of a seed, 0 … 1 (Park and Miller 1988). @param {number} seed */
function randomOf(seed) {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** One training: all that is random or is kept from step to step is in it. No seed is set: the checkpoint alone repeats it. @param {string} folder */
async function train(folder) {
  const { Sequential, setSeed, tensor } = await built("index");
  const { BatchNormalization, Conv2D, Dense, Dropout, Flatten } = await built("layers");
  const { BackupAndRestore, EarlyStopping, ReduceLROnPlateau } = await built("callbacks");
  // The first process has a seed, so that the undisturbed training can be repeated; who goes on has none.
  if (!existsSync(join(folder, "latest.weights.h5"))) setSeed(7);
  const random = randomOf(3);
  const rows = 203;
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
  const pixels = Float32Array.from({ length: rows * 64 }, (_, i) => {
    const label = /** @type {number} */ (labels[Math.floor(i / 64)]);
    return (Math.floor((i % 64) / 8) % 3 === label ? 0.5 : 0) + random();
  });
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
    new BatchNormalization(),
    new Flatten(),
    new Dropout({ rate: 0.5 }),
    new Dense({ units: 32, activation: "relu" }),
    new Dropout({ rate: 0.2 }),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  const loss = "sparse_categorical_crossentropy";
  model.compile({ optimizer: "adam", loss, metrics: ["accuracy"], device: "cpu", threads: 2 });
  const backup = new BackupAndRestore({ backupDir: folder, saveFreq: 5 });
  const { epoch, history } = await model.fit(tensor(pixels, [rows, 8, 8, 1]), tensor(labels), {
    epochs: Number(values.epochs),
    batchSize: 8,
    validationSplit: 0.15,
    verbose: 0,
    callbacks: [
      new EarlyStopping({ monitor: "val_loss", patience: 3, restoreBestWeights: true }),
      new ReduceLROnPlateau({ monitor: "val_loss", patience: 1, factor: 0.5 }),
      { onTrainBegin: () => void process.stdout.write("training\n") },
      backup,
    ],
  });
  const hash = createHash("sha256").update(JSON.stringify([epoch, history]));
  for (const { value } of [...model.weights, ...(model.optimizer?.variables ?? [])])
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  process.stdout.write(
    `${JSON.stringify({ hash: hash.digest("hex"), epochs: epoch.length, from: backup.resumedFrom })}\n`,
  );
}

/** @typedef {{ hash: string, epochs: number, from?: { epoch: number, step: number } }} Ending */

/**
 * Starts a training. @param {string} folder @param {number} [killAfter] milliseconds from its first step
 * @returns {Promise<{ ending: Ending | undefined, milliseconds: number }>} the ending; undefined where it was killed
 */
function start(folder, killAfter) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(import.meta.url), "train", folder, "--epochs", values.epochs],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let text = "";
    let began = 0;
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (began > 0) return;
      began = performance.now();
      if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    child.on("close", (code, signal) => {
      const milliseconds = performance.now() - began;
      if (signal === "SIGKILL") resolve({ ending: undefined, milliseconds });
      else if (code === 0) resolve({ ending: JSON.parse(text.trimEnd().split("\n").at(-1) ?? ""), milliseconds });
      else reject(new Error(`A training ended with code ${code}.`));
    });
  });
}

/** @param {number} kills @param {number} seed */
async function killAll(kills, seed) {
  const random = randomOf(seed);
  const root = mkdtempSync(join(tmpdir(), "fovea-kill-"));
  try {
    const { ending: whole, milliseconds } = await start(join(root, "whole"));
    if (whole === undefined) throw new Error("The undisturbed training was killed.");
    console.log(`seed ${seed}; undisturbed: ${whole.epochs} epochs in ${Math.round(milliseconds)} ms, ${whole.hash}`);
    let [done, same, inWriting, late, afresh] = [0, 0, 0, 0, 0];
    while (done < kills) {
      const folder = join(root, String(done));
      const { ending } = await start(folder, random() * milliseconds);
      if (ending !== undefined) {
        // It came to its end before its time.
        late++;
        rmSync(folder, { recursive: true, force: true });
        continue;
      }
      const left = existsSync(folder) ? readdirSync(folder) : [];
      if (left.some((name) => name.endsWith(".part"))) inWriting++;
      const { ending: second } = await start(folder);
      done++;
      if (second?.from === undefined) afresh++;
      if (second?.hash === whole.hash) same++;
      else console.log(`kill ${done}: ${JSON.stringify(second)} is another ending`);
      rmSync(folder, { recursive: true, force: true });
    }
    console.log(
      `${same} of ${kills} killed trainings ended bit for bit as the undisturbed one; ${inWriting} were killed while they wrote a ` +
        `checkpoint, ${afresh} before the first one; ${late} ended before they were killed, and were tried again`,
    );
    if (same < kills) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true });
  }
}
