/** What a user gets: the packed package, installed in an empty folder, trains there through its public names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPacked } from "./install-packed.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fovea-e2e-"));
const run = (command: string, args: string[], cwd = folder) =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });

beforeAll(() => void installPacked(folder), 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = `
import { Sequential, setSeed, toCategorical } from "fovea";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { digits } from "fovea/datasets";
setSeed(1);
const { train, test } = await digits.load({ train: 400, test: 100 });
const model = new Sequential([
  new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu", threads: 2 });
const history = await model.fit(train.images, toCategorical(train.labels, 10), { epochs: 3, verbose: 0 });
const scores = await model.evaluate(test.images, toCategorical(test.labels, 10), { verbose: 0 });
const first = (await model.predict(test.images.slice(0, 4), { verbose: 0 })).argMax().toArray();
console.log(JSON.stringify({ loss: history.history.loss, accuracy: scores.accuracy, first }));
`;

test("the installed package trains and the process ends by itself", () => {
  writeFileSync(join(folder, "train.mjs"), script);
  const result = JSON.parse(run("node", ["train.mjs"])) as { loss: number[]; accuracy: number; first: number[] };
  expect(result.loss[2]!).toBeLessThan(result.loss[0]! / 2);
  expect(result.accuracy).toBeGreaterThan(0.75);
  expect(result.first).toHaveLength(4);
});

test("Node's bundles and the modules that bundlers read export the same, under the same names", () => {
  writeFileSync(
    join(folder, "exports.mjs"),
    `
import { readFileSync } from "node:fs";
const { exports } = JSON.parse(readFileSync("node_modules/fovea/package.json", "utf8"));
// Also the names that classes and functions have themselves: messages and console.log show them.
const names = async (path) => Object.entries(await import(path)).map(([name, value]) => [name, value.name ?? ""].join(": ")).sort();
const compared = [];
for (const [subpath, target] of Object.entries(exports)) {
  if (typeof target === "string") continue;
  const bundle = await names("fovea" + subpath.slice(1));
  const modules = await names(new URL("node_modules/fovea/" + target.default, import.meta.url));
  compared.push({ subpath, bundle, modules });
}
console.log(JSON.stringify(compared));
`,
  );
  const compared = JSON.parse(run("node", ["exports.mjs"])) as {
    subpath: string;
    bundle: string[];
    modules: string[];
  }[];
  expect(compared.length).toBeGreaterThan(10);
  for (const { subpath, bundle, modules } of compared) {
    expect({ subpath, names: bundle }).toEqual({ subpath, names: modules });
    expect(modules.length).toBeGreaterThan(0);
  }
});

test("the root loads neither the GPU device nor the command line", () => {
  const loaded = new Set<string>();
  const visit = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    const code = readFileSync(join(folder, "node_modules/fovea/dist/node", path), "utf8");
    for (const [, next] of code.matchAll(/^(?:import|export)[^"]*"([^"]+)"/gm))
      if (next!.startsWith("./")) visit(next!);
      else loaded.add(next!);
  };
  visit("./index.js");
  expect([...loaded].filter((path) => /gpu-device|cli|commander|webgpu/.test(path))).toEqual([]);
  expect(loaded.size).toBeLessThan(6);
});

test("its command trains too", () => {
  const output = run("npx", ["--no-install", "fovea", "train", "--data", "digits", "--limit", "200", "--epochs", "1"]);
  expect(output).toContain("Total params: 203,434");
});

test("it carries the programs", () => {
  const small = ["text", "--limit", "64", "--epochs", "1", "--no-baselines"];
  expect(run("npx", ["--no-install", "fovea", "example", ...small])).toMatch(/accuracy, negated +[01]\.\d/);
});

test("only dist, README, CHANGELOG, LICENSE and package.json are packed", () => {
  const listing = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--dry-run", "--json"], root)) as unknown;
  const [packed] = (Array.isArray(listing) ? listing : Object.values(listing as object)) as {
    files: { path: string }[];
  }[];
  for (const { path } of packed!.files)
    expect(path).toMatch(/^(dist\/|README\.md|CHANGELOG\.md|LICENSE|package\.json)/);
});
