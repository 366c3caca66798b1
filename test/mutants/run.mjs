// @ts-check
/**
 * `node test/mutants/run.mjs [TEXT]`: puts each fault of mutants.mjs into the source, as vitest reads it, and runs its tests, which must turn red. No file is written.
 * With a text, only the mutants whose file or place contains it. Run by hand; it takes minutes.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadConfigFromFile } from "vite";
import { createVitest } from "vitest/node";
import { mutants } from "./mutants.mjs";

const at = (/** @type {string} */ path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The source with the fault in it. @param {import("./mutants.mjs").Mutant} mutant @param {string} source */
function mutate({ file, find, replace, nth = 0 }, source) {
  const parts = source.split(find);
  if (parts.length < nth + 2) throw new Error(`${file} has no "${find}" (place ${nth}); mend the list.`);
  return `${parts.slice(0, nth + 1).join(find)}${replace}${parts.slice(nth + 1).join(find)}`;
}

/** @type {import("./mutants.mjs").Mutant | undefined} */
let current;
const plugin = {
  name: "mutant",
  enforce: /** @type {const} */ ("pre"),
  /** @param {string} code @param {string} id */
  transform: (code, id) =>
    current !== undefined && id === at(`src/${current.file}`) ? mutate(current, code) : undefined,
};
const loaded = await loadConfigFromFile({ command: "serve", mode: "test" }, at("vitest.fast.config.ts"));
const options = /** @type {import("vitest/config").ViteUserConfig | undefined} */ (loaded?.config)?.test;
const vitest = await createVitest("test", {
  ...options,
  // The plugins of the whole run are not those of its projects.
  projects: (options?.projects ?? []).map((project) => ({ .../** @type {object} */ (project), plugins: [plugin] })),
  watch: false,
  config: /** @type {never} */ (false),
  reporters: [{}],
  maxWorkers: 1,
  bail: 1,
});
await vitest.standalone();

/** The first test that failed, or undefined. @param {string} tests */
async function firstFailure(tests) {
  const specifications = await vitest.globTestSpecifications([at(`test/${tests}`)]);
  if (specifications.length !== 1) throw new Error(`${tests} is ${specifications.length} files.`);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  // Vitest lists the files of earlier runs, too, as they ended.
  const own = testModules.filter(({ moduleId }) => moduleId === specifications[0]?.moduleId);
  if (own.length !== 1) throw new Error(`${tests} did not run.`);
  for (const module of own) {
    // A mutant that does not run at all says nothing about the tests.
    const failures = [...module.children.allTests("failed")];
    const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
    const errors = [...module.errors(), ...suites, ...failures.flatMap((test) => test.result().errors ?? [])];
    const broken = errors.find(({ message }) => /is not defined|Transform failed|Parse/.test(message));
    if (broken !== undefined) throw new Error(`${tests} does not run: ${broken.message}`);
    if (failures[0] !== undefined) return failures[0].fullName;
    if (!module.ok()) throw new Error(`${tests} does not run: ${errors[0]?.message ?? "unknown"}`);
  }
  return unhandledErrors.length > 0 ? `${tests} (an error outside of its tests)` : undefined;
}

const text = process.argv[2] ?? "";
const chosen = mutants.filter(({ file, find }) => `${file} ${find}`.includes(text));
for (const mutant of chosen) mutate(mutant, readFileSync(at(`src/${mutant.file}`), "utf8"));
for (const tests of new Set(chosen.map((mutant) => mutant.tests))) {
  const failed = await firstFailure(tests);
  if (failed !== undefined) throw new Error(`Without a mutant, "${failed}" of ${tests} is red.`);
}
const survivors = [];
for (const mutant of chosen) {
  const { file, find, replace, tests } = mutant;
  current = mutant;
  vitest.invalidateFile(at(`src/${file}`));
  const failed = await firstFailure(tests);
  if (failed === undefined) survivors.push(mutant);
  current = undefined;
  vitest.invalidateFile(at(`src/${file}`));
  const line = `${file} | ${find} → ${replace || "nothing"} | ${failed === undefined ? "SURVIVES" : `${tests}: ${failed}`}`;
  process.stdout.write(`${line.replaceAll("\n", " ")}\n`);
}
process.stdout.write(`${chosen.length} mutants, ${survivors.length} of them survive.\n`);
await vitest.close();
process.exit(survivors.length === 0 ? 0 : 1);
