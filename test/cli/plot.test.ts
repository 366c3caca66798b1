import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCaptured } from "./captured-host.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plot-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe("fovea plot", () => {
  test("draws what fovea train --json wrote: loss, accuracy, confusion matrix", async () => {
    const train = ["train", "--data", "digits", "--limit", "60", "--epochs", "2", "--threads", "1", "--json"];
    const run = fileOf("run.jsonl", (await runCaptured(train)).stdout);
    const [loss, accuracy, matrix] = ["loss", "accuracy", "matrix"].map((name) => join(folder, `${name}.svg`));
    expect(await runCaptured(["plot", run, "-o", loss!])).toEqual({
      exitCode: 0,
      stdout: `Written: ${loss}\n`,
      stderr: "",
    });
    const svg = readFileSync(loss!, "utf8");
    expect(svg).toContain("<title>Loss by epoch</title>");
    expect(svg).toMatch(/digits, 60 training images; 203434 parameters; WebAssembly/);
    expect(svg).toMatch(/>training [\d.]+<\/text>/);
    expect(svg).toMatch(/>validation [\d.]+<\/text>/);
    const dark = ["--show", "accuracy", "--theme", "dark", "--width", "400", "--title", "A & B"];
    expect((await runCaptured(["plot", run, ...dark, "-o", accuracy!])).exitCode).toBe(0);
    expect(readFileSync(accuracy!, "utf8")).toMatch(/width="400".*<title>A &amp; B<\/title>.*fill="#141417"/s);
    expect((await runCaptured(["plot", run, "--show", "confusion", "-o", matrix!])).exitCode).toBe(0);
    expect(readFileSync(matrix!, "utf8").match(/data-key="\d,\d"/g)).toHaveLength(100);
    const unknown = await runCaptured(["plot", run, "--show", "recall", "-o", loss!]);
    expect(unknown.exitCode).not.toBe(0);
    expect(unknown.stderr).toContain('--show: the run has no "recall". It has: accuracy, loss, confusion.');
  });

  test("a race, with losses that are not finite", async () => {
    const lane = {
      device: "cpu",
      description: "d",
      disguised: false,
      speed: { imagesPerSecond: 9, medianMs: 1, p95Ms: 2 },
    };
    const event = {
      event: "race",
      lanes: [{ ...lane, losses: [2, "NaN", 1] }],
      parity: { gaps: [0, "Infinity"], tolerance: 1e-3 },
    };
    const [race, svg] = [fileOf("race.json", JSON.stringify(event)), join(folder, "race.svg")];
    expect((await runCaptured(["plot", race, "-o", svg])).exitCode).toBe(0);
    expect(readFileSync(svg, "utf8")).toContain(">9 images/s</text>");
  });

  test("a history of Keras's, as PNG", async () => {
    const history = fileOf("history.json", '{"loss": [0.3, 0.1], "val_loss": [0.2, 0.15]}\n');
    const png = join(folder, "history.png");
    expect((await runCaptured(["plot", history, "-o", png])).exitCode).toBe(0);
    expect(await sharp(png).metadata()).toMatchObject({ format: "png", width: 1280 });
  });

  test("the epochs of a run that was stopped in the middle of a line are drawn", async () => {
    const line = (epoch: number) =>
      JSON.stringify({ event: "epoch", phase: "train", epoch, logs: { loss: 1 / epoch } });
    const svg = join(folder, "stopped.svg");
    const stopped = fileOf("stopped.jsonl", `${line(3)}\n${line(4)}\n${line(5).slice(0, 20)}`);
    expect((await runCaptured(["plot", stopped, "-o", svg])).exitCode).toBe(0);
    expect(readFileSync(svg, "utf8")).toContain("training: 2 values, from 0.333 to 0.250 at epoch 4");
  });

  const mistakes: readonly (readonly [string, string, RegExp])[] = [
    ["no JSON", "loss 3\n", /is no log of a run: expected the lines that "fovea train --json" writes/],
    ["a list", "[1, 2]", /is no log of a run/],
    ["an empty file", "", /is no log of a run/],
    ["no epoch", '{"event":"data","name":"digits"}\n', /holds no epoch, no confusion matrix and no race/],
  ];
  test.each(mistakes)("%s is an error", async (name, text, message) => {
    const { exitCode, stderr } = await runCaptured(["plot", fileOf(`${name}.txt`, text), "-o", join(folder, "x.svg")]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  test("a missing file, a missing or unknown ending", async () => {
    const missing = await runCaptured(["plot", join(folder, "none.jsonl"), "-o", join(folder, "x.svg")]);
    expect(missing.stderr).toMatch(/Cannot read ".*none\.jsonl": ENOENT/);
    expect((await runCaptured(["plot", "a.jsonl"])).stderr).toContain("-o, --output");
    expect((await runCaptured(["plot", "a.jsonl", "-o", "a.gif"])).stderr).toContain(
      "Expected a file that ends with .svg or .png.",
    );
  });
});

test("fovea plot draws the layers of a model", async () => {
  const module = fileOf(
    "net.mjs",
    `import { Sequential } from "fovea";\nimport { Dense } from "fovea/layers";\nexport const model = new Sequential([new Dense({ units: 2, name: "scores", inputShape: [3] })]);\n`,
  );
  const picture = join(folder, "net.svg");
  expect(await runCaptured(["plot", module, "--activations", "-o", picture])).toEqual({
    exitCode: 0,
    stdout: `Written: ${picture}\n`,
    stderr: "",
  });
  const svg = readFileSync(picture, "utf8");
  for (const text of ["scores", "(Dense)", "linear", "(None, 3)", "(None, 2)"])
    expect(svg).toContain(`>${text}</text>`);
  const plain = ["--no-shapes", "--no-names", "--title", "A net"];
  expect((await runCaptured(["plot", module, ...plain, "-o", picture])).exitCode).toBe(0);
  expect(readFileSync(picture, "utf8")).toMatch(/A net.*>Dense<\/text>/s);
  expect(readFileSync(picture, "utf8")).not.toContain("(None, 3)");
});
