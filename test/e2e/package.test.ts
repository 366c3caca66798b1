/** What a user gets: the packed package, installed in an empty folder, trains there through its public names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fovea-e2e-"));
const run = (command: string, args: string[], cwd = folder) =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });

beforeAll(() => {
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  // The one dependency comes from this checkout, so that the test needs no network.
  run("npm", [
    "install",
    "--offline",
    "--ignore-scripts",
    "--omit=dev",
    `./${tarball}`,
    join(root, "node_modules/commander"),
  ]);
}, 120_000);

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

test("its command trains too", () => {
  const output = run("npx", ["--no-install", "fovea", "train", "--data", "digits", "--limit", "200", "--epochs", "1"]);
  expect(output).toContain("Total params: 203,434");
});

test("only dist, README, CHANGELOG, LICENSE and package.json are packed", () => {
  const listing = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--dry-run", "--json"], root)) as unknown;
  const [packed] = (Array.isArray(listing) ? listing : Object.values(listing as object)) as {
    files: { path: string }[];
  }[];
  for (const { path } of packed!.files)
    expect(path).toMatch(/^(dist\/|README\.md|CHANGELOG\.md|LICENSE|package\.json)/);
});
