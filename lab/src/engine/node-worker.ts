/** The engine in a worker thread of Node. What it says and is told are bytes, which the server of the page passes on. */
import { parentPort } from "node:worker_threads";
import type { ToEngine } from "./protocol.ts";
import { serveEngine } from "./serve.ts";
import type { Port } from "./server.ts";
import { encodeMessage, MessageReader } from "./wire.ts";

const port: Port = {
  onmessage: null,
  postMessage: (message) => parentPort!.postMessage(encodeMessage(message)),
};
serveEngine(port);
const reader = new MessageReader();
parentPort!.on("message", (bytes: Uint8Array) => {
  for (const data of reader.read(bytes)) port.onmessage?.({ data } as MessageEvent<ToEngine>);
});
