/** The engine's worker. The page stays free while it computes. */
import { serveEngine } from "./serve.ts";
import type { Port } from "./server.ts";

const port = self as unknown as Port;
serveEngine(port);

// Only pages of https or of this machine have locks.
if (navigator.locks !== undefined) {
  const lock = `fovea-lab-engine-${crypto.randomUUID()}`;
  void navigator.locks.request(lock, () => {
    port.postMessage({ type: "alive", lock }, []);
    return new Promise<never>(() => {});
  });
}
