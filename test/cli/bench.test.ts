import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCaptured } from "./captured-host.ts";

let folder = "";
beforeAll(() => {
  // Inside the project, where "fovea" means its sources.
  folder = mkdtempSync(fileURLToPath(new URL(".models-", import.meta.url)));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** Writes a module and gives its path. */
function moduleOf(source: string, ending = "js"): string {
  const path = `${folder}/model-${files++}.${ending}`;
  writeFileSync(path, source);
  return path;
}

const imports = 'import { Sequential } from "fovea";\nimport { Dense } from "fovea/layers";\n';
const dense = (inputShape = "[6]") =>
  `new Sequential([new Dense({ units: 3, activation: "softmax", inputShape: ${inputShape}, name: "only" })])`;
const quick = ["--seconds", "0.02", "--batch-size", "4", "--threads", "1"];

describe("fovea bench", () => {
  test("without a module: the handout's model, its device, speed, layers and what the table is of", async () => {
    const { exitCode, stdout, stderr } = await runCaptured(["bench", ...quick, "--device", "cpu"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(
      /^Device: cpu \(WebAssembly .*1 worker thread\); a thread computes [\d.]+ GFLOP\/s and copies [\d.]+ GB\/s at most\n/,
    );
    expect(stdout).toMatch(
      /^Training, batch 4: [\d,]+ images\/s, [\d.]+ ms per step \(mean of \d+ steps? on made-up data\)$/m,
    );
    expect(stdout).toMatch(/^layer +forward \(ms\) +backward \(ms\) +share +GFLOP\/s +GB\/s +bound +of bound$/m);
    const rows = stdout.match(/^\S.* +\d+\.\d%.*$/gm)!.map((line) => line.split(/ {2,}/)[0]!.replace(/_\d+/, ""));
    expect(rows[0]).toBe("conv2d (Conv2D)");
    expect(rows).toEqual(
      expect.arrayContaining(["flatten (Flatten)", "dense (Dense)", "loss", "metrics", "optimizer"]),
    );
    expect(rows.at(-1)).toBe("total");
    expect(stdout).toContain("\nThe table is of one thread, on which a step takes ");
  });

  test("--json: one object with the same figures", async () => {
    const { exitCode, stdout } = await runCaptured([
      "bench",
      ...quick,
      "--mode",
      "predict",
      "--device",
      "cpu",
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toHaveLength(2);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ event: "benchmark", mode: "predict", batchSize: 4, device: "cpu" });
    expect(result.imagesPerSecond).toBeGreaterThan(0);
    expect(result.profile.layers).toHaveLength(4);
    expect(result.profile.peakGflops).toBeGreaterThan(0);
    expect(result.profile.peakGigabytesPerSecond).toBeGreaterThan(0);
    expect(result.notes[0]).toMatch(/^The table is of one thread/);
  });

  test.each([
    ["export const model", `export const model = ${dense()};`],
    ["a default export", `export default ${dense()};`],
    ["a function", `export function model() { return ${dense()}; }`],
    ["an async function as default", `export default async () => ${dense()};`],
    ["a promise", `export const model = Promise.resolve(${dense()});`],
  ])("a module with %s; what is not compiled is compiled, and the output says so", async (_, source) => {
    const path = moduleOf(imports + source);
    const { exitCode, stdout, stderr } = await runCaptured(["bench", path, ...quick]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.split("\n")[0]).toBe(
      `"${path}" holds a model that is not compiled; it is taken with optimizer "adam" and loss "categorical_crossentropy".`,
    );
    expect(stdout).toMatch(/^only \(Dense\) +\d/m);
  });

  test("a compiled model keeps its own loss, device and threads; a prediction needs none", async () => {
    const source = `${imports}export const model = ${dense()};
      model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", device: "reference" });`;
    const own = await runCaptured(["bench", moduleOf(source), "--seconds", "0.01"]);
    expect(own.stdout).toMatch(/^Device: reference \(/);
    expect(own.stdout).toContain('Layers were not timed: device "reference" has no clock for them.\n');
    const other = await runCaptured(["bench", moduleOf(source), ...quick, "--device", "cpu"]);
    expect(other.stdout).toMatch(/^Device: cpu \(/);
    const plain = await runCaptured([
      "bench",
      moduleOf(`${imports}export const model = ${dense()};`),
      ...quick,
      "--mode",
      "predict",
    ]);
    expect(plain.stdout).toMatch(/^Device: .*\nPrediction, batch 4: /);
  });
});

describe("fovea bench's errors", () => {
  test("a file that is not there, and a folder", async () => {
    expect((await runCaptured(["bench", folder])).stderr).toMatch(/^error: .* has no config\.json/);
    const { exitCode, stderr } = await runCaptured(["bench", "no-such-model.js"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: There is no file "no-such-model\.js" \(looked for .*no-such-model\.js\)\. Give the path of a model \(\.keras, .*\), or of a JavaScript module that exports one\.\n$/,
    );
  });

  test.each([
    ["export const net = 1;", "exports only net: neither `model` nor a default. Write `export const model"],
    ["", "exports nothing: neither `model` nor a default."],
    ["export const model = 3;", "exports a number as its model. Write `export const model"],
    ["export const model = () => null;", "exports null as its model."],
    [
      "class Model { compile() {} predict() {} }\nexport const model = new Model();",
      "exports an object of class Model as its model. If it is a model of fovea, it comes from another copy of the package than this command: run the project's own with `npx fovea`.",
    ],
    ['throw new Error("out of paper");', "could not be loaded.\nError: out of paper"],
    ['export const model = () => { throw new Error("no clay"); };', "could not make its model.\nError: no clay"],
    [
      `${imports}export const model = ${dense("[null, 6]")};`,
      "has shape (None, None, 6), with axes of unknown size; build",
    ],
    [
      `${imports}export const model = new Sequential([new Dense({ units: 3 })], { name: "x" });`,
      'Model "x" is not built',
    ],
    [`${imports}new Dense({ units: 0 });`, 'error: Dense "'],
  ])("a module of %j", async (source, message) => {
    const { exitCode, stdout, stderr } = await runCaptured(["bench", moduleOf(source), ...quick]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
  });

  test.each([
    [
      ["--mode", "test"],
      "error: option '--mode <mode>' argument 'test' is invalid. Allowed choices are train, predict.\n",
    ],
    [["--seconds", "0"], "error: option '--seconds <x>' argument '0' is invalid. Expected a number above 0.\n"],
    [["--device", "cpuu"], 'error: Unknown device "cpuu". Did you mean "cpu"? Known: auto, cpu, gpu, reference.\n'],
    [["a.js", "b.js"], "error: too many arguments for 'bench'. Expected 1 argument but got 2.\n"],
  ])("%j is refused", async (args, message) => {
    expect(await runCaptured(["bench", ...args])).toMatchObject({ exitCode: 1, stderr: message });
  });
});
