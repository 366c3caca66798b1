/** npm run test:wide: the CPU device in a Node that joins pairs of vectors, by V8's optimizing compiler from the first call on. */
import { defineConfig } from "vitest/config";
import { testProjects } from "./test/test-projects.ts";
import config from "./vitest.config.ts";

export default defineConfig({
  test: { ...config.test, projects: testProjects({ execArgv: ["--no-liftoff"] }) },
});
