/** A script that trains on worker threads or a GPU ends by itself: nothing of ours keeps the process alive. Runs the built package. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const dist = new URL("../../dist/node/", import.meta.url);

const folder = mkdtempSync(join(tmpdir(), "fovea-exit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = (after: string) => `
  import { Sequential } from "${new URL("index.js", dist)}";
  import { Dense } from "${new URL("layers.js", dist)}";
  const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
  model.compile({ optimizer: "adam", loss: "mse", device: "cpu", threads: 2 });
  const fit = (x) => model.fit(x, [1, 2], { verbose: 0 });
  ${after}
  console.log("last line");
`;

test.skipIf(!existsSync(fileURLToPath(new URL("index.js", dist)))).each([
  ["after fit", "await fit([[1, 2], [3, 4]]);"],
  [
    "after predict on a second device",
    'await fit([[1, 2], [3, 4]]); model.compile({ optimizer: "sgd", loss: "mse", device: "cpu" }); await model.predict([[1, 2]], { verbose: 0 });',
  ],
  [
    "after predict on a GPU",
    'await fit([[1, 2], [3, 4]]); model.compile({ optimizer: "sgd", loss: "mse", device: "gpu" }); await model.predict([[1, 2]], { verbose: 0 });',
  ],
  [
    "after an error",
    "await fit([[NaN, 2], [3, 4]]).catch((error) => { if (error.name !== 'NumericError') throw error; });",
  ],
])("%s", (_name, after) => {
  const file = join(folder, "script.mjs");
  writeFileSync(file, script(after));
  const run = spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 20_000 });
  expect(run.stderr).toBe("");
  expect(run.stdout).toBe("last line\n");
  expect(run.status).toBe(0);
});
