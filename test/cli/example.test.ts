import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleNames } from "../../src/cli/example-programs.ts";
import { CapturedHost, runCaptured } from "./captured-host.ts";

let folder = "";
beforeAll(() => {
  const built = fileURLToPath(new URL("../../dist/examples/text.js", import.meta.url));
  if (!existsSync(built)) throw new Error(`${built} is not there: run "npm run build" before these tests.`);
  folder = mkdtempSync(join(tmpdir(), "example-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const small = ["example", "text", "--limit", "64", "--device", "cpu", "--threads", "1"];

test("--list tells what each program reaches", async () => {
  const { exitCode, stdout } = await runCaptured(["example", "--list"]);
  expect(exitCode).toBe(0);
  for (const name of exampleNames) expect(stdout).toMatch(new RegExp(`^${name} +[a-z]`, "m"));
  expect(stdout).toContain("mAP@0.5 0.85 or more; --data: a folder of Pascal VOC");
});

test("trains, compares, draws and saves; a saved model answers", async () => {
  const [svg, model, reviews] = ["words.svg", "text.keras", "mine.txt"].map((name) => join(folder, name));
  const { exitCode, stdout } = await runCaptured([
    ...small,
    "--epochs",
    "2",
    "--json",
    "--svg",
    svg!,
    "--save",
    model!,
  ]);
  expect(exitCode).toBe(0);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string } & Record<string, unknown>);
  const names = events.map(({ event }) => event);
  for (const name of ["example", "data", "model", "epoch", "figures", "saved", "written", "baseline", "finished"])
    expect(names).toContain(name);
  expect(events.find(({ event }) => event === "figures")!.figures).toHaveProperty("accuracy");
  expect(readFileSync(svg!, "utf8")).toContain("Which words decided");
  writeFileSync(reviews!, "the plot was not good and the acting was dull .\n");
  const answer = await runCaptured([...small, reviews!, "--load", model!]);
  expect(answer.stdout).toMatch(/^(for|against) +0\.\d+ {2}"/m);
  expect(answer.stdout).not.toContain("Baseline");
});

test("Ctrl+C saves, and says how to go on", async () => {
  const host = new CapturedHost();
  host.watch = (text) => {
    if (text.includes("Epoch 2/")) host.interrupt();
  };
  const model = join(folder, "half.keras");
  const { exitCode, stdout } = await runCaptured([...small, "--epochs", "400", "--save", model], host);
  expect(exitCode).toBe(130);
  expect(stdout).toMatch(
    /Saved: .*half\.keras\nStopped in epoch \d+ of 400\. Go on with: fovea example text --load .*half\.keras --epochs 39\d/,
  );
  expect(existsSync(model)).toBe(true);
});

test("a terminal shows the drive while it happens, in colours; no other output does", async () => {
  const drive = [
    "example",
    "driving",
    "--limit",
    "8",
    "--epochs",
    "1",
    "--no-baselines",
    "--device",
    "cpu",
    "--threads",
    "1",
  ];
  const host = new CapturedHost();
  host.progress = { mode: "terminal", columns: 60, color: true };
  const shown = await runCaptured(drive, host);
  expect(shown.exitCode).toBe(0);
  expect(shown.stderr).toContain("▀");
  // 96 pixels of 48 rows at half their size: 12 lines and one below them, redrawn in their place.
  expect(shown.stderr).toContain("\x1b[13A");
  expect(shown.stderr).toMatch(/4 m: steers -?\d\.\d\d, \d\.\d\d m off the middle of its lane/);
  host.progress = { mode: "terminal", columns: 60, color: false };
  host.stderr = "";
  await runCaptured(drive, host);
  expect(host.stderr).not.toContain("▀");
});

test("mistakes are named", async () => {
  expect((await runCaptured(["example"])).stderr).toMatch(/fovea example: name a program: detection, /);
  expect((await runCaptured(["example", "detecton"])).stderr).toMatch(/detecton.*Did you mean "detection"/);
  const other = await runCaptured(["example", "voice", "--limit", "4", "--load", join(folder, "text.keras")]);
  expect(other.stderr).toMatch(
    /--load: ".*text\.keras" is a model \[null,40\] → \[null,1\] with 12\d+ parameters, but this program/,
  );
  expect((await runCaptured([...small, "--film", join(folder, "a.svg")])).stderr).toMatch(
    /--film: fovea example text has no film/,
  );
  expect((await runCaptured(["example", "video", "a.png"])).stderr).toMatch(
    /fovea example video: takes no files, got "a\.png"/,
  );
  expect((await runCaptured([...small, "--svg", join(folder, "no", "a.svg")])).stderr).toMatch(
    /--svg: there is no folder/,
  );
});
