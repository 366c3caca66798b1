/** npm run test:fast: for between. The reference device and two kinds of the CPU device; no GPU, no browser, no packed package. */
import { configDefaults, defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

export default defineConfig({
  ...config,
  test: {
    ...config.test,
    globalSetup: ["test/seed-report.ts"],
    exclude: [
      ...configDefaults.exclude,
      "test/devices/gpu/**",
      "test/browser/**",
      "test/e2e/**",
      "test/packed/**",
      "test/**/*-gpu.test.ts",
    ],
    // Tests are named after the device that they run on.
    testNamePattern: /^(?!.*(gpu|GPU|cpu, 1 thread|cpu, 3 threads))/,
  },
});
