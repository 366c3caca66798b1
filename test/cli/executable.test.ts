import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
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

test("a reader that closes the pipe early ends it quietly", async () => {
  const child = spawn(process.execPath, [executable, ...small, "--epochs", "500", "--json"]);
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});
