/** `fovea convert`, and model files as the models of other commands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel } from "fovea";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCaptured } from "./captured-host.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-convert-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const values = async (path: string) => (await loadModel(path)).getWeights().map(({ data }) => Array.from(data));

test("a model of TensorFlow.js becomes Keras's and TensorFlow.js's again, with the same weights", async () => {
  const [from, keras, json] = [golden("tfjs/cnn"), join(folder, "a.keras"), join(folder, "b.json")];
  const first = await runCaptured(["convert", from, keras]);
  expect(first).toEqual({ exitCode: 0, stdout: `${keras}: model "cnn", 279 parameters\n`, stderr: "" });
  const { stdout } = await runCaptured(["convert", keras, json, "--json"]);
  expect(JSON.parse(stdout)).toEqual({ event: "converted", from: keras, to: json, params: 279, holds: "model" });
  expect(await values(json)).toEqual(await values(from));
});

test("weights alone go into .safetensors", async () => {
  const to = join(folder, "w.safetensors");
  const { stdout, exitCode } = await runCaptured(["convert", golden("files/regular.keras"), to]);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("weights of model")]);
  const model = await loadModel(golden("files/regular.keras"));
  expect((await model.loadWeights(to)).loaded).toBe(model.weights.length);
});

test("weights become smaller on the way, and the error is told", async () => {
  const [from, to] = [golden("files/regular.keras"), join(folder, "small.keras")];
  const { stdout, exitCode, stderr } = await runCaptured(["convert", from, to, "--quantize", "int8"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/parameters, int8: [\d.]+ B of weights → [\d.]+ B, largest relative error 0\.00\d+ in "/);
  const model = await loadModel(to);
  expect(model.weights.some(({ form }) => form?.kind === "int8")).toBe(true);
  const again = await runCaptured(["convert", from, to, "--quantize", "float16", "--filters", "^d1", "--json"]);
  const { quantized } = JSON.parse(again.stdout);
  expect(quantized.mode).toBe("float16");
  expect(quantized.layers.every(({ name }: { name: string }) => name === "d1")).toBe(true);
  expect(quantized.left.length).toBeGreaterThan(0);
  const alone = await runCaptured(["convert", from, to, "--filters", "dense"]);
  expect(alone.stderr).toContain("give --quantize int8 or float16, too");
  expect((await runCaptured(["convert", from, to, "--quantize", "int4"])).exitCode).not.toBe(0);
});

test("an unknown ending and a file that is none are errors that name what would do", async () => {
  const unknown = await runCaptured(["convert", golden("files/regular.keras"), join(folder, "a.pt")]);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toContain('has an unknown ending; use ".keras"');
  const missing = await runCaptured(["convert", join(folder, "none.keras"), join(folder, "b.keras")]);
  expect(missing.exitCode).toBe(1);
  expect(missing.stderr).toContain("Give the path of a model (.keras");
  expect((await runCaptured(["convert", "--help"])).stdout).toContain("fovea convert a.keras web/model.json");
});

test("cost takes a file of any format", async () => {
  const { exitCode, stdout } = await runCaptured(["cost", golden("tfjs/cnn/model.json")]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("conv2d_Conv2D");
});
