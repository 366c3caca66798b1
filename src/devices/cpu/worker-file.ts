/** A page's worker from its file. Bundlers look for exactly this expression; the build in one file has no such file. */
export const openWorkerFile = (): Worker => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
