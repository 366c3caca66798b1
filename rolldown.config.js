// @ts-check
/** Joins what tsc wrote to dist/ into the files that Node and pages without a bundler load. Bundlers read dist/ itself. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { defineConfig } from "rolldown";

/** @type {{ exports: Record<string, { node: string, default: string } | string>, bin: Record<string, string> }} */
const { exports, bin } = JSON.parse(readFileSync("package.json", "utf8"));

/** The module of everything, and the one file that it becomes. */
const everything = { module: "./dist/browser.js", file: "./dist/browser/fovea.js" };

/** The public modules, and the names of their files for Node. */
const entries = Object.values(exports)
  .filter((target) => typeof target !== "string")
  .filter((target) => target.default !== everything.file)
  .map((target) => [basename(target.node, ".js"), target.default]);

/**
 * Few files, in dist/node/: Node spends a third of a millisecond on each module that it loads, and fovea has hundreds.
 *
 * @type {import("rolldown").RolldownOptions}
 */
const node = {
  input: Object.fromEntries([...entries, [basename(/** @type {string} */ (bin.fovea), ".js"), "./dist/cli/main.js"]]),
  platform: "node",
  external: ["commander", "koffi", "webgpu"],
  onLog(level, log, handle) {
    // What a page loads when it is asked for is in one file for Node.
    if (log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") handle(level, log);
  },
  output: {
    dir: "dist/node",
    // One folder, so that files find each other by `import.meta.url` as they do in dist/.
    chunkFileNames: "[name]-[hash].js",
    comments: { legal: true, annotation: false, jsdoc: false },
    // What several entries share is one file, but for what only some runs need: the GPU, insight, the command line, files of models.
    codeSplitting: {
      groups: [
        {
          name: "shared",
          minShareCount: 2,
          test: /dist\/(?!devices\/gpu|insight|view|cli|storage\/(?!index)|io|distribution)/,
        },
        { name: "shared", test: /dist\/devices\/(cpu\/(?!profile|command-loop)|reference|gpu\/adapter)/ },
      ],
    },
    // Two classes of one name in a file, the loss and the metric, keep it: messages and console.log show it.
    keepNames: true,
    cleanDir: true,
  },
};

/**
 * The workers of the CPU device and of JPEGs, beside the files that start them.
 *
 * @type {import("rolldown").RolldownOptions[]}
 */
const workers = ["devices/cpu/worker.js", "data/images/jpeg-worker.js", "distribution/mpi-worker.js"].map((module) => ({
  input: `./dist/${module}`,
  platform: "node",
  external: ["koffi"],
  output: { file: `dist/node/${basename(module)}`, comments: { legal: true, annotation: false, jsdoc: false } },
}));

/**
 * Everything for Node: names of the files above, so that none is larger for it.
 *
 * @type {import("rolldown").RolldownOptions}
 */
const everythingForNode = {
  input: everything.module,
  platform: "node",
  plugins: [
    {
      name: "files-for-node",
      resolveId(source, importer) {
        if (importer === undefined) return undefined;
        const entry = entries.find((each) => resolve(String(each[1])) === resolve(dirname(importer), source));
        return entry && { id: `./${entry[0]}.js`, external: true };
      },
    },
  ],
  output: { file: "dist/node/browser.js" },
};

/**
 * Everything in one file for `<script type="module">`. It starts its workers from the text of their function.
 *
 * @type {import("rolldown").RolldownOptions}
 */
const browser = {
  input: everything.module,
  platform: "browser",
  plugins: [
    {
      name: "no-worker-file",
      load: {
        filter: { id: /devices[\\/]cpu[\\/]worker-file\.js$/ },
        handler: () =>
          'export const openWorkerFile = () => { throw new Error("The build in one file has no worker.js."); };',
      },
    },
  ],
  // Classes keep their names, which messages and the console show.
  output: { file: everything.file, codeSplitting: false, minify: { mangle: { keepNames: true } }, keepNames: true },
};

/**
 * The programs of `fovea example`, which import the package by its own name, as their readers would.
 *
 * @type {import("rolldown").RolldownOptions}
 */
const examples = {
  input: Object.fromEntries(
    readdirSync("examples")
      .filter((name) => existsSync(`examples/${name}/${name}.ts`))
      .map((name) => [name, `./examples/${name}/${name}.ts`]),
  ),
  platform: "node",
  // Of usearch the program finds out whether it is installed.
  external: /^(fovea(\/|$)|usearch$)/,
  output: {
    dir: "dist/examples",
    chunkFileNames: "[name]-[hash].js",
    comments: { annotation: false, jsdoc: false },
    cleanDir: true,
  },
};

export default defineConfig([node, ...workers, everythingForNode, browser, examples]);
