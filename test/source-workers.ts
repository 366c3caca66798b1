/** Node 20 starts no worker from TypeScript: tests of the source start JPEG workers from a file that is joined from the source. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import type { Plugin } from "vitest/config";

const pathOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const sourceWorkers: Plugin = {
  name: "source-workers",
  load: {
    filter: { id: /data\/images\/jpeg-worker-file\.ts$/ },
    async handler() {
      const file = pathOf("node_modules/.cache/fovea/jpeg-worker.js");
      const joined = await rolldown({ input: pathOf("src/data/images/jpeg-worker.ts"), platform: "node" });
      await joined.write({ file });
      return `export const jpegWorkerFile = () => new URL(${JSON.stringify(pathToFileURL(file).href)});`;
    },
  },
};
