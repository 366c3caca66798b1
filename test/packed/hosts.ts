/** The hosts that fovea runs on; package.json beside this file pins them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const installed = fileURLToPath(new URL("node_modules/", import.meta.url));

export interface Host {
  readonly name: string;
  /** The program, and the arguments before those of the script. */
  readonly command: readonly [string, ...string[]];
}

/** The oldest Node that fovea supports. */
export const oldestNode = { name: "Node 20", command: [join(installed, "node-20/bin/node")] } as const satisfies Host;
export const newestNode = { name: "Node 26", command: [join(installed, "node-26/bin/node")] } as const satisfies Host;

export const hosts: readonly Host[] = [
  oldestNode,
  { name: "Node 22", command: [join(installed, "node-22/bin/node")] },
  { name: "Node 24", command: [join(installed, "node-24/bin/node")] },
  newestNode,
  { name: "Deno 2", command: [join(installed, "@deno/linux-x64-glibc/deno"), "run", "--allow-all"] },
  { name: "Bun 1", command: [join(installed, "@oven/bun-linux-x64/bin/bun")] },
];

/** Why the hosts cannot be run here; undefined if they can. */
export function whyNoHosts(): string | undefined {
  const missing = hosts.filter(({ command }) => !existsSync(command[0])).map(({ name }) => name);
  if (missing.length === 0) return undefined;
  return `Not installed: ${missing.join(", ")}. Run npm ci --prefix test/packed --ignore-scripts. The hosts are pinned for Linux on x64; this is ${process.platform} on ${process.arch}.`;
}
