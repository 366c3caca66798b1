// @ts-check
/**
 * Joins what tsc wrote to dist/ into few files for Node, in dist/node/: Node spends a third of a millisecond on each module that it
 * loads, and fovea has hundreds. Browsers' bundlers read dist/ itself, where they can leave out each module that is not used.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "rolldown";

/** @type {{ exports: Record<string, { node: string, default: string } | string>, bin: Record<string, string> }} */
const { exports, bin } = JSON.parse(readFileSync("package.json", "utf8"));

const entries = Object.values(exports)
  .filter((target) => typeof target !== "string")
  .map((target) => [basename(target.node, ".js"), target.default]);

export default defineConfig({
  input: Object.fromEntries([...entries, [basename(/** @type {string} */ (bin.fovea), ".js"), "./dist/cli/main.js"]]),
  platform: "node",
  external: ["commander", "webgpu"],
  plugins: [
    {
      name: "worker",
      // The pool of the CPU device starts its worker from the file beside its own.
      buildStart() {
        const source = readFileSync("dist/devices/cpu/worker.js", "utf8");
        this.emitFile({ type: "asset", fileName: "worker.js", source });
      },
    },
  ],
  output: {
    dir: "dist/node",
    // One folder, so that files find each other by `import.meta.url` as they do in dist/.
    chunkFileNames: "[name]-[hash].js",
    comments: { legal: true, annotation: false, jsdoc: false },
    // What several entries share is one file, but for what only some runs need: the GPU, insight, the command line.
    codeSplitting: {
      groups: [{ name: "shared", minShareCount: 2, test: /dist\/(?!devices\/gpu|insight|view|cli)/ }],
    },
    // Two classes of one name in a file, the loss and the metric, keep it: messages and console.log show it.
    keepNames: true,
    cleanDir: true,
  },
});
