// @ts-check
/**
 * What a page loads of fovea, bundled and minified: a page with a CNN, one that also saves and loads it, and everything. The pages
 * run here, in Node, so that what they load is what they asked for. `npm run build && node bench/bundles.mjs` prints a table.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The handout's kind of model; a page says that it has shown by `shown()`. */
const cnn = `
const model = new Sequential([
  new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [12, 12, 1] }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu", threads: 1 });
await shown();
const x = tensor(new Float32Array(4 * 144), [4, 12, 12, 1]);
await model.fit(x, tensor(new Float32Array(40).fill(0.1), [4, 10]), { epochs: 1, verbose: 0 });
await model.predict(x, { verbose: 0 });
`;
const layers = `import { Conv2D, Dense, Flatten } from "fovea/layers";`;

/** A store in memory, and a model that goes through it. */
const files = `
const kept = new Map();
const store = {
  open: async (name) => (kept.has(name) ? memorySource(name, kept.get(name)) : undefined),
  write: async (name, pieces) => void kept.set(name, new Uint8Array(await new Blob([...pieces]).arrayBuffer())),
};
await model.save({ store, name: "model.keras" });
await (await loadModel({ store, name: "model.keras" })).predict(x, { verbose: 0 });
`;

const pages = {
  "a CNN that is trained": `import { Sequential, tensor } from "fovea";${layers}${cnn}`,
  "… saved and loaded as .keras": `import { loadModel, memorySource, Sequential, tensor } from "fovea";${layers}${cnn}${files}`,
};

/** What a bundle holds of the layers: three, those of a usual CNN, and all. */
const entries = {
  "three layers": `export { Conv2D, Dense, Flatten } from "fovea/layers";`,
  "the layers of a CNN": `export { Add, BatchNormalization, Concatenate, Conv2D, Conv2DTranspose, Dense, DepthwiseConv2D, Dropout, Flatten, GlobalAveragePooling2D, InputLayer, MaxPooling2D, RandomFlip, RandomRotation, ReLU, Rescaling } from "fovea/layers";`,
  "all layers": `export * from "fovea/layers";`,
};

/** Names of the package's subpaths and the files that a bundler reads for them, the longest names first: an alias stands for paths below it, too. @returns {Record<string, string>} */
function packageAliases() {
  /** @type {{ exports: Record<string, { default: string } | string> }} */
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const alias = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [[`fovea${path.slice(1)}`, join(root, target.default)]],
  );
  return Object.fromEntries(alias.sort(([a = ""], [b = ""]) => b.length - a.length));
}

/**
 * Bytes, gzipped, of entries that name some layers, without what they load later on; and the layers' files that are in them.
 *
 * @returns {Promise<{ readonly entry: string, readonly bytes: number, readonly files: readonly string[] }[]>}
 */
export async function measureEntries() {
  return Promise.all(
    Object.entries(entries).map(async ([entry, code]) => {
      const name = "entry.js";
      const bundle = await rolldown({
        input: name,
        platform: "browser",
        resolve: { alias: packageAliases() },
        logLevel: "silent",
        plugins: [
          {
            name: "entry",
            resolveId: (id) => (id === name ? id : undefined),
            load: (id) => (id === name ? code : undefined),
          },
        ],
      });
      const { output } = await bundle.generate({ format: "esm", minify: true });
      await bundle.close();
      const own = output[0];
      /** @param {string} file @returns {string[]} */
      const needed = (file) => {
        const chunk = output.find((each) => each.type === "chunk" && each.fileName === file);
        return chunk?.type === "chunk" ? chunk.imports : [];
      };
      const loaded = new Set([own.fileName]);
      for (const file of loaded) for (const each of needed(file)) loaded.add(each);
      const chunks = output.flatMap((each) => (each.type === "chunk" && loaded.has(each.fileName) ? [each] : []));
      const files = chunks
        .flatMap(({ modules }) => Object.entries(modules))
        .filter(([, { renderedLength }]) => renderedLength > 0)
        .flatMap(([id]) => /nn\/layers\/([^/]+)\.js$/.exec(id)?.[1] ?? []);
      return { entry, bytes: chunks.reduce((sum, { code }) => sum + zipped(code), 0), files };
    }),
  );
}

/** @typedef {{ readonly page: string, readonly shown: number, readonly done: number }} Bundle */

const zipped = (/** @type {string} */ code) => gzipSync(code, { level: 9 }).length;

/**
 * Bytes, gzipped, of the files that a page has loaded when it shows, and when it has done its work.
 *
 * @returns {Promise<Bundle[]>}
 */
export async function measureBundles() {
  const alias = packageAliases();
  /** @type {Bundle[]} */
  const found = [];
  for (const [page, code] of Object.entries(pages)) {
    const folder = mkdtempSync(join(tmpdir(), "fovea-bundle-"));
    try {
      const input = join(folder, "page.js");
      writeFileSync(input, code);
      const bundle = await rolldown({ input, platform: "browser", resolve: { alias }, logLevel: "silent" });
      const mark = (/** @type {{ fileName: string }} */ { fileName }) =>
        `(globalThis.loaded ??= new Set()).add(${JSON.stringify(fileName)});\n`;
      const { output } = await bundle.write({
        dir: join(folder, "site"),
        format: "esm",
        minify: true,
        postBanner: mark,
      });
      await bundle.close();
      // The worker's file, which bundlers for pages find by themselves.
      const worker = await rolldown({ input: join(root, "dist/devices/cpu/worker.js"), platform: "browser" });
      const made = await worker.write({ file: join(folder, "site/worker.js"), minify: true });
      await worker.close();
      const sizes = new Map(
        output.map((file) => [
          file.fileName,
          zipped(file.type === "chunk" ? file.code.replace(mark(file), "") : String(file.source)),
        ]),
      );
      const sum = (/** @type {Iterable<string>} */ names) =>
        [...names].reduce((total, name) => total + Number(sizes.get(name)), 0);
      writeFileSync(
        join(folder, "run.mjs"),
        `let first;
globalThis.shown = async () => { first = [...globalThis.loaded]; };
await import("./site/page.js");
console.log(JSON.stringify({ first, last: [...globalThis.loaded] }));
process.exit(0);`,
      );
      const printed = execFileSync(process.execPath, [join(folder, "run.mjs")], { encoding: "utf8" });
      const { first, last } = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
      const extra = zipped(made.output[0].code);
      found.push({ page, shown: sum(first), done: sum(last) + extra });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const whole = zipped(readFileSync(join(root, "dist/browser/fovea.js"), "utf8"));
  return [...found, { page: "everything in one file", shown: whole, done: whole }];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kB = (/** @type {number} */ bytes) => (bytes / 1000).toFixed(1);
  console.log("| page, kB gzipped | until it shows | until it has done its work |\n| --- | --- | --- |");
  for (const { page, shown, done } of await measureBundles()) console.log(`| ${page} | ${kB(shown)} | ${kB(done)} |`);
  console.log("\n| entry, kB gzipped | size | files of layers |\n| --- | --- | --- |");
  for (const { entry, bytes, files } of await measureEntries())
    console.log(`| ${entry} | ${kB(bytes)} | ${files.length} |`);
}
