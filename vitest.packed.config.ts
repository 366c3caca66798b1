/** npm run test:packed: the packed package on every host, under every compiler; what they are is installed by test/packed/package.json. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/packed/*.test.ts"],
    globalSetup: ["test/gpu-setup.ts", "test/packed/setup.ts"],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Compilers and hosts are processes of their own.
    maxConcurrency: 2,
  },
});
