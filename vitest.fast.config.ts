/** npm run test:fast: for between. The reference device and two kinds of the CPU device; no GPU, no browser, no packed package. */
import { defineConfig } from "vitest/config";
import { testProjects } from "./test/test-projects.ts";
import config from "./vitest.config.ts";

export default defineConfig({
  test: {
    ...config.test,
    globalSetup: ["test/seed-report.ts", "test/run-folder.ts"],
    projects: testProjects({
      exclude: ["test/devices/gpu/**", "test/e2e/**", "test/**/*-gpu.test.ts"],
      // Tests are named after the device that they run on.
      testNamePattern: /^(?!.*(gpu|GPU|cpu, 1 thread|cpu, 3 threads))/,
    }),
  },
});
