import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Public tests import the package by its own name; in the fast run that name is the source. The end-to-end test uses the packed package. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^fovea$/, replacement: source("index.ts") },
      { find: /^fovea\/(layers|optimizers)$/, replacement: source("nn/$1/index.ts") },
      { find: /^fovea\/(losses|metrics|initializers)$/, replacement: source("nn/$1.ts") },
      { find: /^fovea\/callbacks$/, replacement: source("train/callbacks/index.ts") },
      { find: /^fovea\/datasets$/, replacement: source("data/index.ts") },
      { find: /^fovea\/insight$/, replacement: source("insight/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/gpu-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
