/** Environments that lack something: the right values, or an error that says what lacks. Scripts use the packed package. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { newestNode, oldestNode } from "./hosts.ts";

const folder = inject("folder");

beforeAll(() => {
  writeFileSync(
    join(folder, "line.mjs"),
    `
import { Sequential } from "fovea";
import { Dense } from "fovea/layers";
import { SGD } from "fovea/optimizers";
const [device, without] = process.argv.slice(2);
if (without === "no-shared") delete globalThis.SharedArrayBuffer;
const model = new Sequential([new Dense({ units: 1, kernelInitializer: "zeros", inputShape: [2] })]);
model.compile({ optimizer: new SGD({ learningRate: 0.3 }), loss: "mse", device, ...(device === "cpu" ? { threads: 2 } : {}) });
const x = Array.from({ length: 64 }, (_, i) => [i / 64, 1]);
let said = "";
const write = (text) => { said += text; };
try {
  const { history } = await model.fit(x, x.map(([v]) => [2 * v + 1]), { epochs: 60, shuffle: false, verbose: 2, write });
  console.log(JSON.stringify({ loss: history.loss.at(-1), said: said.split("\\n").find((line) => line.startsWith("The CPU device")) }));
} catch (error) {
  console.log(JSON.stringify({ name: error.name, message: error.message }));
}
`,
  );
});

interface Outcome {
  readonly loss?: number;
  /** What `fit` said of the device. */
  readonly said?: string;
  readonly name?: string;
  readonly message?: string;
}

function shell(command: string, env: NodeJS.ProcessEnv = {}) {
  return spawnSync("bash", ["-c", command], { cwd: folder, encoding: "utf8", env: { ...process.env, ...env } });
}

function outcome(command: string): Outcome {
  const { stdout, stderr } = shell(command);
  expect(stdout, stderr).toMatch(/^\{/m);
  return JSON.parse(stdout.split("\n").find((line) => line.startsWith("{"))!) as Outcome;
}

const advice = 'Use device "reference": it is exact, and slow.';
const lack = (what: string) => ({
  name: "DeviceError",
  message: `The CPU device needs ${what}, which this host does not have. ${advice}`,
});

describe.each([oldestNode, newestNode])("$name", ({ name, command: [node] }) => {
  test("without WebAssembly", () => {
    expect(outcome(`"${node}" --jitless line.mjs cpu`)).toEqual(
      lack("WebAssembly (Node switches it off with --jitless)"),
    );
    expect(outcome(`"${node}" --jitless line.mjs reference`).loss).toBeLessThan(1e-3);
  });

  test.skipIf(process.arch !== "x64")("without SIMD", () => {
    expect(outcome(`"${node}" --no-enable-sse4-1 line.mjs cpu`)).toEqual(lack("WebAssembly's SIMD"));
  });

  test("without SharedArrayBuffer the calling thread does the work, and it is said", () => {
    const { loss, said } = outcome(`"${node}" line.mjs cpu no-shared`);
    expect(loss).toBeLessThan(1e-3);
    expect(said).toBe(
      "The CPU device runs on the calling thread: SharedArrayBuffer is switched off in this process, so memory cannot be shared.",
    );
  });

  test("the permission model without workers: the calling thread does the work, and it is said", () => {
    const flag = name === oldestNode.name ? "--experimental-permission" : "--permission";
    const { loss, said } = outcome(`"${node}" ${flag} '--allow-fs-read=*' line.mjs cpu`);
    expect(loss).toBeLessThan(1e-3);
    expect(said).toMatch(
      /^The CPU device runs on the calling thread: worker threads cannot be started here: .*[^.]\.$/,
    );
  });

  test("8 GB of addresses: it works, or the error says what reserves them", () => {
    const { loss, name: error, message } = outcome(`ulimit -v 8388608; "${node}" line.mjs cpu`);
    if (loss !== undefined) expect(loss).toBeLessThan(1e-3);
    else {
      expect(error).toBe("DeviceError");
      expect(message).toMatch(/V8 reserves about 10 GB of addresses.*ulimit -v.*Raise it, or use device "reference"/);
    }
  });

  test("no GPU: the error says so, and no native warning reaches the terminal", () => {
    const nowhere = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
    const { stdout, stderr } = shell(`"${node}" line.mjs gpu`, nowhere);
    expect(JSON.parse(stdout)).toMatchObject({
      name: "DeviceError",
      message: expect.stringContaining("no GPU adapter"),
    });
    expect(stderr).toBe("");
  });

  test("a driver that does not load and no GPU: likewise", () => {
    const data = mkdtempSync(join(folder, "data-"));
    mkdirSync(join(data, "vulkan/icd.d"), { recursive: true });
    const driver = { file_format_version: "1.0.0", ICD: { library_path: "/nowhere.so", api_version: "1.1.0" } };
    writeFileSync(join(data, "vulkan/icd.d/broken.json"), JSON.stringify(driver));
    // Empty: the folders are searched.
    const { stdout, stderr } = shell(`"${node}" line.mjs gpu`, {
      VK_ICD_FILENAMES: "",
      VK_DRIVER_FILES: "",
      XDG_DATA_HOME: data,
    });
    // On a machine with a GPU of its own that one is found.
    expect(stdout).toMatch(/no GPU adapter|"loss"/);
    expect(stderr).toBe("");
  });

  test("a home that cannot be written and no network: drawn digits", () => {
    const home = mkdtempSync(join(folder, "home-"));
    writeFileSync(join(home, "file"), "");
    // A file in the place of the folder stops root too.
    const { status, stdout, stderr } = shell(
      `"${node}" node_modules/fovea/dist/node/cli.js train --limit 60 --epochs 1 --device cpu`,
      { HOME: join(home, "file"), XDG_CACHE_HOME: "", FOVEA_DATA: "", https_proxy: "http://127.0.0.1:9" },
    );
    expect(stderr).not.toContain("error:");
    expect(`${stdout}${stderr}`).toContain("Trained");
    expect(status).toBe(0);
  });
});
