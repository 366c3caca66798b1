/** npm run test:pages: the lab, the example and pages of users in Chromium, and the lab in Firefox. They take dist/. */
import { defineConfig } from "vitest/config";
import { pages, testProject } from "./test/test-projects.ts";
import config from "./vitest.config.ts";

export default defineConfig({ test: { ...config.test, projects: [testProject("pages", pages)] } });
