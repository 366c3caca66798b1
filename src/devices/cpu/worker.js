// @ts-check
/**
 * The file of a worker of the CPU device. It is plain JavaScript, because Node 20 cannot start a worker from TypeScript and
 * bundlers look for exactly `new URL("./worker.js", import.meta.url)`.
 */
import { runCommandLoop } from "./command-loop.js";

const isNode = typeof process === "object" && process.versions?.node !== undefined;
// Not imported: bundlers would try to resolve it, and would build this file as a classic worker without top-level await.
const port = isNode ? process.getBuiltinModule("node:worker_threads").parentPort : self;
runCommandLoop(/** @type {import("./command-loop.js").Port} */ (/** @type {unknown} */ (port)));
