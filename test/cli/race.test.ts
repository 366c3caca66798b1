import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkOutputFile, writeOutputFile } from "../../src/cli/output-file.ts";
import { CapturedHost, runCaptured } from "./captured-host.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "race-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const small = ["race", "--data", "digits", "--limit", "64", "--filters", "2", "--batch-size", "16", "--threads", "1"];
const both = [...small, "--devices", "cpu,reference", "--steps", "8"];

describe("fovea race", () => {
  test("tells data, model, devices, the table and the verdicts; JSON and figure hold the same race", async () => {
    const [json, svg] = [join(folder, "race.json"), join(folder, "race.svg")];
    const { exitCode, stdout, stderr } = await runCaptured([...both, "--json", json, "--svg", svg]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^Training on cpu\n8\/8 - .*accuracy: .* - loss: .*\nTraining on reference\n8\/8 - /);
    expect(stdout).toMatch(
      /^Data: digits, 64 training images \(.*\)\nModel: the handout's CNN with 2 and 1 filters, 5,809 parameters, Adam\nDevice: cpu \(.*1 worker thread\)\nDevice: reference \(/,
    );
    expect(stdout).toMatch(/^cpu( +[\d,.]+){6} +[\d.]+x +not reached$/m);
    expect(stdout).toMatch(/^reference( +[\d,.]+){6} +[\d.]+x +not reached$/m);
    expect(stdout).toMatch(/^Fastest: (cpu|reference), [\d.]+ times as fast as the slowest\.$/m);
    expect(stdout).toMatch(/^Loss per step: the same numbers within 1e-3 in 8 steps; /m);
    expect(stdout).toContain(`Written: ${json}\nWritten: ${svg}\n`);
    const written = JSON.parse(readFileSync(json, "utf8"));
    expect(written).toMatchObject({
      event: "race",
      data: { name: "digits" },
      filters: 2,
      steps: 8,
      batchSize: 16,
      seed: 1,
    });
    expect(written.lanes.map((lane: { losses: number[] }) => lane.losses.length)).toEqual([8, 8]);
    expect(written.parity.gaps).toHaveLength(8);
    const figure = readFileSync(svg, "utf8");
    expect(figure).toContain("<title>CPU against REFERENCE</title>");
    expect(figure).toContain("8 steps of 16 images, seed 1");
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("the seed decides the numbers", async () => {
    const losses = async (seed: string) => {
      const file = join(folder, `seed-${seed}.json`);
      const args = [...small, "--devices", "reference", "--steps", "2", "--seed", seed, "--json", file];
      const { stdout } = await runCaptured(args);
      expect(stdout).toContain("Only reference ran, so there was nothing to compare with.\n");
      return JSON.parse(readFileSync(file, "utf8")).lanes[0].losses as number[];
    };
    const first = await losses("1");
    expect(await losses("1")).toEqual(first);
    expect(await losses("2")).not.toEqual(first);
  });

  test("--crossover: a table of winners behind the race", async () => {
    const file = join(folder, "crossover.json");
    const args = [...small, "--limit", "128", "--devices", "cpu", "--steps", "2", "--crossover", "--json", file];
    const { exitCode, stdout, stderr } = await runCaptured(args);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Crossover 12/12: 64 filters, batch 128\n");
    expect(stdout).toMatch(/^filters +batch 8 +batch 32 +batch 128$/m);
    for (const filters of [8, 16, 32, 64])
      expect(stdout).toMatch(new RegExp(`^ +${filters}( +cpu [\\d,]+/s){3}$`, "m"));
    expect(JSON.parse(readFileSync(file, "utf8")).crossover.cells).toHaveLength(12);
  });

  test("Ctrl+C ends the race, prints and writes what there is, and exits with 130", async () => {
    // A terminal shows the first step at once.
    const host = Object.assign(new CapturedHost(), { progress: { mode: "terminal", columns: 80, color: false } });
    host.watch = (text) => {
      if (/\d+\/1000000/.test(text)) host.interrupt();
    };
    const file = join(folder, "stopped.json");
    const args = [...small, "--devices", "cpu,reference", "--steps", "1000000", "--json", file];
    const { exitCode, stdout } = await runCaptured(args, host);
    expect(exitCode).toBe(130);
    const { stopped, lanes } = JSON.parse(readFileSync(file, "utf8"));
    expect(stopped).toBe(true);
    expect(lanes).toHaveLength(1);
    const done = lanes[0].losses.length;
    expect(done).toBeGreaterThan(0);
    expect(stdout).toContain(
      `Stopped: of 1,000,000 steps per device, ${done.toLocaleString("en")} were done at most.\n`,
    );
    expect({ left: host.left, listeners: host.listeners }).toEqual({ left: [], listeners: 0 });
  });

  test("Ctrl+C before the race says so; a second one leaves at once", async () => {
    const host = new CapturedHost();
    host.watch = (text) => {
      if (!text.startsWith("Data:")) return;
      host.interrupt();
      expect(host.left).toEqual([]);
      host.interrupt();
    };
    const { exitCode, stdout } = await runCaptured(both, host);
    expect({ exitCode, left: host.left }).toEqual({ exitCode: 130, left: [130] });
    expect(stdout).toContain("Stopped before a device was ready.\n");
  });

  test("misspelt device names are heard of before the data is loaded", async () => {
    const { exitCode, stdout, stderr } = await runCaptured([...small, "--devices", "cpuu"]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: 'error: Unknown device "cpuu". Did you mean "cpu"? Known: auto, cpu, gpu, reference.\n',
    });
    expect((await runCaptured([...small, "--devices", "cpu,,gpu"])).stderr).toContain("names with commas between them");
    const auto = await runCaptured([...small, "--devices", "auto"]);
    expect(auto.stderr).toBe(
      'error: race: devices names "auto", which is one of the others; name cpu, gpu or reference.\n',
    );
  });

  test("too few images for the crossover are heard of before the race", async () => {
    const { exitCode, stderr } = await runCaptured([...both, "--limit", "100", "--crossover"]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      "error: crossover: 100 rows do not fill a batch of 128; bring more rows, or smaller batchSizes.\n",
    );
  });

  test("a file that cannot be written is heard of before the race", async () => {
    const lost = join(folder, "nowhere", "race.svg");
    const { exitCode, stdout, stderr } = await runCaptured([...both, "--svg", lost]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe(
      `error: --svg: there is no folder "${join(folder, "nowhere")}" to write "${lost}" into; make it first.\n`,
    );
    expect((await runCaptured([...both, "--json", folder])).stderr).toBe(
      `error: --json: "${folder}" is a folder, expected the path of a file in it.\n`,
    );
  });
});

describe("output files", () => {
  test("replace what was there as a whole", async () => {
    const path = join(folder, "text.txt");
    await writeOutputFile(path, "a long first text");
    await checkOutputFile("--json", path);
    await writeOutputFile(path, "short");
    expect(readFileSync(path, "utf8")).toBe("short");
  });

  test("a link stays, and so do the mode of a file and what is no file", async () => {
    const [target, link, fifo] = ["target", "link", "fifo"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(target, "old", { mode: 0o640 });
    symlinkSync(target, link);
    await writeOutputFile(link, "new");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toBe("new");
    expect(statSync(target).mode & 0o777).toBe(0o640);
    execFileSync("mkfifo", [fifo]);
    const reader = readFile(fifo, "utf8");
    await checkOutputFile("--json", fifo);
    await writeOutputFile(fifo, "through the pipe");
    expect(await reader).toBe("through the pipe");
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });

  test("a read-only file is refused before the work", async () => {
    const path = join(folder, "read-only");
    writeFileSync(path, "", { mode: 0o444 });
    await expect(checkOutputFile("--json", path)).rejects.toThrow(`--json: "${path}" is read-only`);
  });

  test("a failure names the file and leaves nothing behind", async () => {
    const path = join(folder, "missing", "text.txt");
    await expect(writeOutputFile(path, "x")).rejects.toThrow(`Cannot write "${path}": ENOENT`);
    expect(existsSync(join(folder, "missing"))).toBe(false);
  });
});
