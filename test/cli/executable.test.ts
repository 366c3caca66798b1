import { execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";

const executable = fileURLToPath(new URL("../../dist/node/cli.js", import.meta.url));
const small = ["train", "--data", "digits", "--limit", "64"];

beforeAll(() => {
  if (!existsSync(executable)) throw new Error(`${executable} is not there: run "npm run build" before these tests.`);
});

function run(args: readonly string[]) {
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [executable, ...args], (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

test("the executable trains and comes to its end", async () => {
  const { exitCode, stdout } = await run([...small, "--epochs", "1", "--json"]);
  expect(exitCode).toBe(0);
  const last = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  expect(last).toMatchObject({ event: "finished", images: 64 });
  expect(last.imagesPerSecond).toBeGreaterThan(0);
});

test("errors go to the standard error with exit code 1", async () => {
  expect(await run(["cots"])).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: "error: unknown command 'cots'\n(Did you mean cost?)\n",
  });
});

test("Ctrl+C after the first progress: what was reached, and exit code 130", async () => {
  const child = spawn(process.execPath, [executable, ...small, "--epochs", "500", "--verbose", "2"]);
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    if (!stderr.includes("\n2/2") && `${stderr}${chunk}`.includes("\n2/2")) child.kill("SIGINT");
    stderr += chunk;
  });
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(/Stopped in epoch \d+ of 500, after \d+ of 2 steps\. So far in this epoch: accuracy /);
});

test("a reader of results that closes the pipe early ends it quietly, as SIGPIPE does", async () => {
  const child = spawn(process.execPath, [executable, ...small, "--epochs", "500", "--json"]);
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  expect({ exitCode, stderr }).toEqual({ exitCode: 141, stderr: "" });
});

test("files are written although the reader of the results is gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fovea-pipe-"));
  const json = join(folder, "race.json");
  const race = ["race", "--devices", "cpu,reference", "--filters", "1", "--steps", "2", "--batch-size", "4", "--json"];
  const child = spawn(process.execPath, [executable, ...race, json, "--data", "digits", "--limit", "50"]);
  child.stdout.destroy();
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  expect(exitCode).toBe(141);
  expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ event: "race" });
  rmSync(folder, { recursive: true });
});

test("training goes on without a reader of its progress", async () => {
  const child = spawn(process.execPath, [executable, ...small, "--epochs", "3"]);
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.destroy();
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  expect(exitCode).toBe(0);
  expect(stdout).toContain("Trained");
});

test.skipIf(!existsSync("/dev/full"))("results that cannot be written are an error in one line", async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [executable, "cost"], { stdio: ["ignore", full, "pipe"] });
  let stderr = "";
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  closeSync(full);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error: Cannot write results: ENOSPC[^\n]*\.\n$/);
});
