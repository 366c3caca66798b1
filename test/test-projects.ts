/**
 * The tests in two groups. Most files share a process with others, which read the sources once instead of two hundred times:
 * that is a third of the suite's time. What changes its process, or measures it, has one of its own.
 */
import { configDefaults, type TestProjectInlineConfiguration } from "vitest/config";
import { sourceAliases } from "./source-aliases.ts";
import { sourceWorkers } from "./source-workers.ts";

/** Pages in Chromium and Firefox: `npm run test:pages`. */
export const pages = ["test/browser/**/*.test.ts", "test/lab/**/*.test.ts"];

/** They start processes, replace modules, set V8's flags, lose GPUs, or look at memory and exits. */
const alone = [
  "test/cli/race-absent.test.ts",
  "test/data/images/jpeg-workers.test.ts",
  "test/devices/cpu/features.test.ts",
  "test/devices/gpu/**/*.test.ts",
  "test/distribution/**/*.test.ts",
  "test/docs/**/*.test.ts",
  "test/e2e/**/*.test.ts",
  "test/fuzz/**/*.test.ts",
  "test/insight/race-devices.test.ts",
  "test/train/{memory,mixed-precision,process-exit}.test.ts",
  "test/**/*-gpu.test.ts",
];

export interface ProjectOptions {
  /** Files to leave out. */
  readonly exclude?: readonly string[];
  /** The tests to run; default all. */
  readonly testNamePattern?: RegExp;
  /** Options of Node for the processes that run tests. */
  readonly execArgv?: readonly string[];
}

/** A group of tests: those that `include` matches, with what all of them need. */
export function testProject(
  name: string,
  include: string[],
  own: TestProjectInlineConfiguration["test"] = {},
  { exclude = [], testNamePattern, execArgv = [] }: ProjectOptions = {},
) {
  return {
    plugins: [sourceWorkers],
    resolve: { alias: sourceAliases },
    test: {
      name,
      include,
      setupFiles: ["test/seed.ts", "test/once.ts"],
      testTimeout: 120_000,
      hookTimeout: 120_000,
      execArgv: [...execArgv],
      ...(testNamePattern === undefined ? {} : { testNamePattern }),
      ...own,
      exclude: [...configDefaults.exclude, ...exclude, ...(own.exclude ?? [])],
    },
  } satisfies TestProjectInlineConfiguration;
}

export function testProjects(options: ProjectOptions = {}) {
  // npm run test:packed and test:pages.
  const elsewhere = ["test/packed/**", ...pages];
  const shared: TestProjectInlineConfiguration["test"] = {
    exclude: [...elsewhere, ...alone],
    isolate: false,
    // A process is shared by files that follow each other.
    sequence: { groupOrder: 1 },
  };
  return [
    testProject("alone", alone, { exclude: elsewhere }, options),
    testProject("together", ["test/**/*.test.ts", "lab/src/**/*.test.ts"], shared, options),
  ];
}
