/**
 * npm run test:fast: for between. The reference device and two kinds of the CPU device; no GPU, no browser, no packed package, and
 * nothing that starts processes, trains examples or for long, or waits for the clock.
 */
import { defineConfig } from "vitest/config";
import { testProjects } from "./test/test-projects.ts";
import config from "./vitest.config.ts";

export default defineConfig({
  test: {
    ...config.test,
    globalSetup: ["test/seed-report.ts", "test/run-folder.ts"],
    projects: testProjects({
      exclude: [
        ...["applications", "cli", "devices/gpu", "distribution", "docs", "e2e", "examples", "fuzz"].map(
          (folder) => `test/${folder}/**`,
        ),
        "lab/src/**",
        "test/**/*-gpu.test.ts",
        "test/arch/floors.test.ts",
        "test/data/mnist.test.ts",
        "test/devices/cpu/math.test.ts",
        "test/ops/second-derivatives.test.ts",
        "test/train/{backup-and-restore,determinism,golden-runs-cpu,golden-runs-reference,memory,overlap,own-training-cpu,process-exit,server}.test.ts",
      ],
      // Tests are named after the device that they run on.
      testNamePattern: /^(?!.*(gpu|GPU|cpu, 1 thread|cpu, 3 threads))/,
    }),
  },
});
