/** Packs the package and installs it in an empty folder, once for all tests. */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { installPacked } from "../e2e/install-packed.ts";
import { whyNoHosts } from "./hosts.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder in which the package is installed. */
    readonly folder: string;
    /** The packed package. */
    readonly tarball: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => void> {
  if (!existsSync(join(root, "dist/node/index.js"))) throw new Error("There is no dist/: run npm run build first.");
  const missing = whyNoHosts();
  if (missing !== undefined) throw new Error(missing);
  const folder = mkdtempSync(join(tmpdir(), "fovea-packed-"));
  provide("tarball", installPacked(folder));
  provide("folder", folder);
  // The optional peer.
  symlinkSync(join(root, "node_modules/webgpu"), join(folder, "node_modules/webgpu"));
  return () => rmSync(folder, { recursive: true, force: true });
}
