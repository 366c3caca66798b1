import { readFileSync } from "node:fs";
import { clearSession } from "fovea";
import { describe, expect, test } from "vitest";
import { runCaptured } from "./captured-host.ts";

describe("the program", () => {
  test("--version is the package's, --help names every command", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await runCaptured(["--version"])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
    const { exitCode, stdout } = await runCaptured(["--help"]);
    expect(exitCode).toBe(0);
    for (const name of ["train", "bench", "race", "cost", "explain", "devices"])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test("without a command it shows its help and fails", async () => {
    const { exitCode, stderr } = await runCaptured([]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Usage: fovea [options] [command]");
  });

  test("help of a command shows its options, whichever way it is asked for", async () => {
    const { stdout } = await runCaptured(["train", "--help"]);
    expect(stdout).toContain("--epochs <n>");
    expect(stdout).toContain("(default: 3)");
    expect(stdout).toContain("fovea train --data digits");
    expect((await runCaptured(["help", "train"])).stdout).toBe(stdout);
  });

  test.each([
    [["trian"], "error: unknown command 'trian'\n(Did you mean train?)\n"],
    [["train", "--epoch", "2"], "error: unknown option '--epoch'\n(Did you mean --epochs?)\n"],
    [
      ["train", "--epochs", "0"],
      "error: option '--epochs <n>' argument '0' is invalid. Expected a whole number of 1 or more.\n",
    ],
    [
      ["train", "--learning-rate", "fast"],
      "error: option '--learning-rate <x>' argument 'fast' is invalid. Expected a number above 0.\n",
    ],
    [
      ["train", "--verbose", "3"],
      "error: option '--verbose <level>' argument '3' is invalid. Allowed choices are 0, 1, 2, auto, json.\n",
    ],
  ])("%j is refused with a hint", async (args, message) => {
    expect(await runCaptured(args)).toEqual({ exitCode: 1, stdout: "", stderr: message });
  });

  test("an error made for people is its message, without a stack", async () => {
    const { exitCode, stderr } = await runCaptured(["train", "--device", "gpuu"]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('error: Unknown device "gpuu". Did you mean "gpu"? Known: auto, cpu, gpu, reference.\n');
    const missing = await runCaptured(["train", "--data", "no-such-folder"]);
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toMatch(/^error: There is no folder .*no-such-folder \(dir\)\. .*\n$/);
  });
});

describe("small commands", () => {
  test("devices lists what there is, and calls a software GPU what it is", async () => {
    const { exitCode, stdout } = await runCaptured(["devices"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^device +usable +what it is\n/);
    expect(stdout).toMatch(/^cpu +yes +\S/m);
    // The tests' GPU (test/gpu-setup.ts); what is said without one: test/devices/gpu/missing-adapter.test.ts.
    expect(stdout).toMatch(/^gpu +yes +WebGPU on \S/m);
    if (/swiftshader/i.test(stdout)) expect(stdout).toMatch(/a software adapter: the CPU in disguise$/m);
    expect(stdout).toMatch(/^reference +yes +float64/m);
  });

  test("cost prints the handout's numbers and receptive fields", async () => {
    clearSession();
    const { exitCode, stdout } = await runCaptured(["cost"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/conv2d_1 \(Conv2D\) +24x24x32 +18,464 +10,616,832 +72\.00 KB +10,635,264 +797,460,480/);
    expect(stdout).toMatch(/total +203,434 +11,190,528/);
    expect(stdout).toMatch(/conv2d_1 \(Conv2D\) +5x5 +1x1 /);
  });

  test("explain prints the step that trains: phases, operations and sizes", async () => {
    const { exitCode, stdout } = await runCaptured(["explain", "--batch-size", "2", "--device", "cpu"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^device cpu: WebAssembly/);
    expect(stdout).toContain('step "train 2 x0 float32[28,28,1] y0 float32[10] ');
    expect(stdout).toMatch(/conv2d \[\w+\].*MFLOP/);
    // Direct, the second layer takes three times 21.2 MFLOP per image; Winograd's F(4x4, 3x3) a quarter and its transforms.
    expect(stdout).toMatch(/winogradProductGrad \[accumulate\].*for conv2d\w*, backward {2}10\.617 MFLOP/);
    const megaflops = Number(/([\d.,]+) MFLOP,/.exec(stdout)?.[1]?.replace(",", ""));
    expect(megaflops).toBeGreaterThan(2 * 20);
    expect(megaflops).toBeLessThan(2 * 30);
  });
});
