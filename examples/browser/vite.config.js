// @ts-check
import { defineConfig } from "vite";

/** With these headers a page may share memory between threads; without them fovea's CPU device runs on the page's own thread. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./",
  // fovea is linked from the repository's root, where the worker lies too.
  server: { headers, fs: { allow: ["../.."] } },
  preview: { headers },
});
