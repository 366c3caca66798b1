/** How the lab is served while it is written (`npm run lab`) and built (`npm run build`: dist/lab, for any path of any server). */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import tsconfig from "../tsconfig.json" with { type: "json" };

const root = fileURLToPath(new URL("..", import.meta.url));

/** "fovea" and its subpaths, as users import them: the sources that tsconfig.json names. */
const alias = Object.entries(tsconfig.compilerOptions.paths).map(([name, [source]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: `${root}${source}`,
}));

/** With these headers the engine's threads may share memory. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The page as it opens: its shell and the first station. */
const firstPage = /\/lab\/src\/(main|stations\/see\/station)\.tsx$/;
/** What fovea loads besides when a network answers on the CPU for the first time. */
const loadedAtFirst = /\/src\/(train\/model-calls|engine\/session|devices\/cpu\/(cpu-device|winograd\/index))\.ts$/;
const deviceModules = new Set<string>();
/** Finds those modules and what they import, but not the tables of all layers, losses, … that some of them know. */
const findDeviceModules: Plugin = {
  name: "device-modules",
  buildEnd() {
    const add = (id: string) => {
      if (deviceModules.has(id) || /\/src\/nn\/.*index\.ts$/.test(id)) return;
      deviceModules.add(id);
      this.getModuleInfo(id)?.importedIds.forEach(add);
    };
    [...this.getModuleIds()].filter((id) => loadedAtFirst.test(id)).forEach(add);
  },
};

/** Station 11 has networks of the programs in examples/. What reads the user's files for them needs Node, and is not asked for here. */
const withoutFiles: Plugin = {
  name: "without-files",
  load: {
    filter: { id: /\/examples\/\w+\/(load|graph)\.ts$/ },
    handler(id) {
      const names = readFileSync(id, "utf8").matchAll(/^export (?:async )?function (\w+)/gm);
      return Array.from(names, ([, name]) => `export const ${name} = undefined;\n`).join("");
    },
  },
};

/** While the lab is written, Vite puts its styles into the page, where the page's policy forbids them. */
const stylesInPage: Plugin = {
  name: "styles-in-page",
  apply: "serve",
  transformIndexHtml: (html) => html.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [stylesInPage],
  resolve: { alias },
  server: { headers, fs: { allow: [root] } },
  preview: { headers },
  worker: {
    format: "es",
    plugins: () => [withoutFiles, findDeviceModules],
    rolldownOptions: {
      output: {
        // A browser spends several milliseconds on each file, and learns of most of them from others.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "engine", tags: ["$initial"], priority: 1 },
            { name: "device", test: (id) => deviceModules.has(id) },
          ],
        },
      },
    },
  },
  build: {
    outDir: `${root}dist/lab`,
    emptyOutDir: true,
    target: "es2023",
    // A file inside of the script would be an address that the page's policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "page", test: firstPage }] } },
      // A slow machine is no fault of the build.
      checks: { pluginTimings: false },
      onLog(level, log, handle) {
        // The worker lists devices, so that what chooses one is not apart from the rest of it.
        if (log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") handle(level, log);
      },
    },
  },
});
