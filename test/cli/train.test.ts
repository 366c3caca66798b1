import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearSession } from "fovea";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CapturedHost, runCaptured } from "./captured-host.ts";

const train = (rows: number) => ["train", "--data", "digits", "--limit", String(rows), "--device", "cpu"];

describe("fovea train", () => {
  test("tells the whole story: data, model, device, progress, scores, confusion, four digits, speed", async () => {
    clearSession();
    const { exitCode, stdout, stderr } = await runCaptured([...train(320), "--epochs", "2", "--verbose", "2"]);
    expect(stderr.match(/^Epoch \d\/2$/gm)).toEqual(["Epoch 1/2", "Epoch 2/2"]);
    expect(stderr).toMatch(/^10\/10 - .*accuracy: .* - loss: .* - val_accuracy: .* - val_loss: /m);
    const order = [
      "Data: digits, 320 images to train on, 100 to test on (pen strokes drawn by fovea (seed 0), not handwriting)",
      "Seed: 1",
      'Model: "sequential"',
      "Total params: 203,434 (794.66 KB)",
      "Device: cpu (",
      "On the test images: accuracy ",
      "predicted\n",
      "they are 7 2 1 0.",
      "Trained 2 epochs, 640 images, in ",
    ];
    const places = order.map((text) => stdout.indexOf(text));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(stdout.match(/^truth {6}\d {2}\[/gm)).toHaveLength(4);
    expect(stdout).not.toContain("\x1b");
    expect(exitCode).toBe(0);
    // 320 pen strokes, twice: well above chance.
    expect(Number(/accuracy ([\d.]+)%/.exec(stdout)?.[1])).toBeGreaterThan(60);
  });

  test("--json: every line of the standard output is a JSON object, and the same seed gives the same numbers", async () => {
    const run = async (...more: string[]) => {
      const { exitCode, stdout, stderr } = await runCaptured([...train(64), "--epochs", "1", "--json", ...more]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      return stdout
        .trimEnd()
        .split("\n")
        .map((line): Record<string, unknown> & { event: string } => JSON.parse(line));
    };
    const events = await run();
    const of = (name: string, list = events) => list.filter(({ event }) => event === name);
    expect(of("data")[0]).toMatchObject({ name: "digits", train: 64, test: 100, note: null, seed: 1 });
    expect(of("model")[0]).toMatchObject({ params: 203_434 });
    expect(of("device")[0]).toMatchObject({ name: "cpu" });
    expect(of("epoch")[0]).toMatchObject({ epoch: 1, step: 2, steps: 2 });
    expect(of("evaluation")).toHaveLength(1);
    const matrix = of("confusion")[0]!.matrix as number[][];
    expect(matrix.flat().reduce((sum, count) => sum + count, 0)).toBe(100);
    const predictions = of("prediction");
    expect(predictions.map(({ truth }) => truth)).toEqual([7, 2, 1, 0]);
    for (const { probabilities, predicted } of predictions) {
      const shares = probabilities as number[];
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      expect(shares.indexOf(Math.max(...shares))).toBe(predicted);
    }
    expect(of("finished")[0]).toMatchObject({ epochs: 1, images: 64 });
    const scores = (list: typeof events) => of("evaluation", list)[0];
    expect(scores(await run("--verbose", "2"))).toEqual(scores(events));
    expect(scores(await run("--seed", "2"))).not.toEqual(scores(events));
    expect(scores(await run("--learning-rate", "0.0001"))).not.toEqual(scores(events));
    expect(scores(await run("--no-shuffle"))).not.toEqual(scores(events));
  });

  test("Ctrl+C ends the step in flight, says what was reached and exits with 130; listeners are gone afterwards", async () => {
    const host = new CapturedHost();
    host.watch = (text) => {
      if (text.startsWith("Epoch 2/")) host.interrupt();
    };
    const { exitCode, stderr, stdout } = await runCaptured([...train(64), "--epochs", "9", "--verbose", "2"], host);
    expect(exitCode).toBe(130);
    // The steps of epoch 1 are done; one of epoch 2 may have been in flight.
    expect(stderr).toMatch(
      /Stopped in epoch (1 of 9, after 2|2 of 9, after 1) of 2 steps\. So far in this epoch: accuracy .*%, loss /,
    );
    expect(stderr).toContain("Nothing was saved");
    expect(stdout).not.toContain("Trained");
    expect(host.left).toEqual([]);
    expect(host.listeners).toBe(0);
  });

  test("a second Ctrl+C leaves at once; one before the data is there stops too", async () => {
    const host = new CapturedHost();
    host.watch = (text) => {
      if (!text.startsWith("Data:")) return;
      host.interrupt();
      expect(host.left).toEqual([]);
      host.interrupt();
    };
    const { exitCode, stderr } = await runCaptured([...train(64), "--verbose", "0"], host);
    expect(host.left).toEqual([130]);
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/^Stopped /);
  });
});

describe("fovea train --checkpoint", () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "fovea-train-")), "it's a run");
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

  /** The numbers of a run's evaluation, and of its epochs. */
  const numbersOf = (stdout: string) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line): Record<string, unknown> & { event: string } => JSON.parse(line))
      .filter(({ event }) => event === "evaluation")
      .at(-1);

  /** A run that is stopped by a signal in its second epoch. */
  async function stop(exitCode: number, ...options: readonly string[]) {
    const host = new CapturedHost();
    host.watch = (text) => {
      if (text.startsWith("Epoch 2/")) host.interrupt(exitCode);
    };
    return runCaptured([...options, "--verbose", "2", "--checkpoint", folder], host);
  }

  test("Ctrl+C saves, and --resume ends where the training would have ended", async () => {
    const options = [...train(96), "--epochs", "3", "--seed", "5"];
    const stopped = await stop(130, ...options);
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain("Saved. To go on:\n  fovea train ");
    expect(existsSync(join(folder, "latest.weights.h5"))).toBe(true);
    const resume = [...options, "--json", "--checkpoint", folder, "--resume"];
    const resumed = await runCaptured(resume);
    expect(resumed.exitCode).toBe(0);
    const whole = await runCaptured([...options, "--json"]);
    expect(numbersOf(resumed.stdout)).toEqual(numbersOf(whole.stdout));
    // Nothing is left to train, and the model is still there.
    const again = await runCaptured(resume);
    expect(numbersOf(again.stdout)).toEqual(numbersOf(whole.stdout));
    expect(again.stdout).toContain('"images":0');
  });

  test("SIGTERM does, too; what is printed is the command, word for word", async () => {
    const { exitCode, stderr } = await stop(143, ...train(64), "--no-shuffle", "--epochs", "9");
    expect(exitCode).toBe(143);
    const quoted = `'${folder.replace("'", "'\\''")}'`;
    const goOn = `fovea train --epochs 9 --device cpu --data digits --limit 64 --no-shuffle --checkpoint ${quoted} --verbose 2 --resume`;
    expect(stderr).toContain(`Saved. To go on:\n  ${goOn}\n`);
  });

  test("no training is lost by mistake, and none is gone on with that is not there", async () => {
    const error = async (...more: string[]) => {
      const { exitCode, stderr } = await runCaptured([...train(64), ...more]);
      expect(exitCode).toBe(1);
      return stderr;
    };
    expect(await error("--resume")).toContain("--resume: name the folder to go on from, by --checkpoint <folder>.");
    expect(await error("--checkpoint", folder, "--resume")).toContain("there is no checkpoint in");
    const parent = join(folder, "..");
    writeFileSync(join(parent, "latest.weights.h5"), "a file");
    expect(await error("--checkpoint", parent)).toContain("holds the checkpoint of another training. Add --resume");
    expect(await error("--checkpoint", join(parent, "latest.weights.h5"))).toContain("is a file, expected a folder.");
    expect(await error("--checkpoint", parent, "--resume")).toContain("latest.weights.h5");
  });
});
