import { defineConfig } from "vitest/config";
import { testProjects } from "./test/test-projects.ts";

// The workers inherit it.
process.env.TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));

export default defineConfig({
  test: {
    globalSetup: ["test/gpu-setup.ts", "test/seed-report.ts", "test/run-folder.ts"],
    maxWorkers: 2,
    projects: testProjects(),
  },
});
