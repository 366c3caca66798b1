/** The packed package trains on every host, on the CPU and the GPU, through its modules and its command. */
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { type Host, hosts } from "./hosts.ts";

const folder = inject("folder");
const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Smoke {
  readonly version: string;
  /** Descriptions of the devices. */
  readonly found: Readonly<Record<string, string>>;
  readonly loss: readonly number[];
  readonly accuracy: number;
  readonly predicted: readonly number[];
  /** Losses of a short training on both devices. */
  readonly few: { readonly cpu: readonly number[]; readonly gpu: readonly number[] };
  /** What the trainings said. */
  readonly said: string;
}

function run({ command: [program, ...before] }: Host, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, [...before, ...args], { cwd: folder, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

beforeAll(() => cpSync(beside("smoke.mjs"), join(folder, "smoke.mjs")));

const results = new Map<string, Smoke>();

describe.each(hosts)("$name", (host) => {
  test("trains on two threads and on the GPU, with the losses of the other hosts", () => {
    const smoke = JSON.parse(run(host, ["smoke.mjs"])) as Smoke;
    results.set(host.name, smoke);
    const { version, found, loss, accuracy, predicted, few, said } = smoke;
    expect(version.split(".")[0]).toBe(host.name.split(" ")[1]);
    expect(found.cpu).toMatch(/^WebAssembly SIMD.*worker thread/);
    // A fall-back would be told here.
    expect(said).not.toContain("calling thread");
    const [first = smoke] = results.values();
    // Adam amplifies the rounding of other vectors.
    loss.forEach((value, epoch) => {
      expect(Math.abs(value / first.loss[epoch]! - 1)).toBeLessThan(2e-3);
    });
    expect(accuracy).toBeGreaterThan(0.8);
    expect(predicted).toEqual([7, 2, 1, 0]);
    expect(found.gpu).toMatch(/^WebGPU on /);
    expect(Math.abs(few.gpu[0]! / few.cpu[0]! - 1)).toBeLessThan(1e-4);
  });

  test("runs the command", () => {
    const command = ["node_modules/fovea/dist/node/cli.js", "train", "--data", "digits", "--limit", "200"];
    const lines = run(host, [...command, "--epochs", "1", "--device", "cpu", "--json"])
      .trim()
      .split("\n");
    const events = lines.map((line) => JSON.parse(line) as { event: string; description?: string });
    expect(events.find(({ event }) => event === "device")?.description).toMatch(/worker thread/);
    expect(events.at(-1)).toMatchObject({ event: "finished", epochs: 1, images: 200 });
  });
});

const vectorBits = ({ found }: Smoke) => (found.cpu?.includes("256 bits") ? 256 : 128);
const adapterOf = ({ found }: Smoke) => /^WebGPU on ([^,(]*[^,( ])/.exec(found.gpu ?? "")?.[1];

test("docs/hosts.md lists these hosts in these versions", () => {
  const table = hosts.map(({ name }) => {
    const smoke = results.get(name)!;
    return `${name} (${smoke.version}) | 2 worker threads | ${vectorBits(smoke)} bits | ${adapterOf(smoke)}`;
  });
  process.stdout.write(`${table.join("\n")}\n`);
  const page = readFileSync(beside("../../docs/hosts.md"), "utf8");
  for (const { version } of results.values()) expect(page).toContain(version);
});
