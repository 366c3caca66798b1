import { configDefaults, defineConfig } from "vitest/config";
import { sourceAliases } from "./test/source-aliases.ts";

// The workers inherit it.
process.env.TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ["test/**/*.test.ts"],
    // npm run test:packed.
    exclude: [...configDefaults.exclude, "test/packed/**"],
    globalSetup: ["test/gpu-setup.ts", "test/seed-report.ts"],
    setupFiles: ["test/seed.ts", "test/typed-arrays.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
