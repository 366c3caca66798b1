import { defineConfig } from "vitest/config";
import { sourceAliases } from "./test/source-aliases.ts";

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/gpu-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
