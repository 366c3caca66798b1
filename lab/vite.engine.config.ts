/** The lab's engine for Node (`fovea lab --run`): dist/lab-engine. It uses the package that it lies in, as any user of fovea does. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  build: {
    ssr: "src/engine/node-worker.ts",
    outDir: `${root}dist/lab-engine`,
    emptyOutDir: true,
    target: "node20",
    minify: true,
    reportCompressedSize: false,
    rolldownOptions: {
      external: [/^fovea(\/|$)/],
      checks: { pluginTimings: false },
    },
  },
});
