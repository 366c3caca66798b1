/** The example page as a site on loopback, and a browser that looks at it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build, type Rolldown } from "vite";
import { chromiumArguments } from "../../bench/chromium-arguments.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** A file of the bundle. */
export interface Chunk {
  readonly name: string;
  readonly code: string;
}

export interface Site {
  readonly folder: string;
  readonly chunks: readonly Chunk[];
  /** What the bundler warned of. */
  readonly warnings: readonly string[];
}

type Aliases = { readonly find: RegExp; readonly replacement: string }[];

/** The package as users import it: its name and its exports, of the build in dist/ that bundlers read. */
export function packageAliases(): Aliases {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, { default: string } | string>;
  };
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string"
      ? []
      : [{ find: new RegExp(`^fovea${path.slice(1)}$`), replacement: join(root, target.default) }],
  );
}

/** Builds a page with Vite, which is told nothing of fovea but where it lies. */
export async function buildSite(page: string, alias: Aliases): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "fovea-site-"));
  const warnings: string[] = [];
  const built = (await build({
    root: page,
    configFile: false,
    base: "./",
    logLevel: "silent",
    resolve: { alias },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "esnext",
      rolldownOptions: { onLog: (level, { message }) => void (level === "warn" && warnings.push(message)) },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = built.output.map((file) => ({
    name: file.fileName,
    code: file.type === "chunk" ? file.code : String(file.source),
  }));
  return { folder, chunks, warnings };
}

export function removeSite({ folder }: Site): void {
  rmSync(folder, { recursive: true, force: true });
}

export interface ServedSite {
  readonly address: string;
  close(): Promise<void>;
}

export type Headers = Readonly<Record<string, string>>;

/** Headers of a page that is cross-origin isolated, and of files that such a page may load from another origin. */
export const isolation: Headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
export const forOthers: Headers = {
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** Serves the files of a folder, and others by their paths. */
export async function serveSite(
  { folder }: Pick<Site, "folder">,
  headers: Headers,
  others: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<ServedSite> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://loopback").pathname;
    const file = normalize(join(folder, path === "/" ? "index.html" : path));
    const other = others.get(path);
    if (other === undefined && !(file.startsWith(folder) && existsSync(file))) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", ...headers })
      .end(other ?? readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts Chromium with WebGPU, on SwiftShader where there is no GPU. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Error(
      "The browser tests need Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM.",
    );
  return chromium.launch({
    executablePath,
    args: [...chromiumArguments, "--enable-unsafe-webgpu", "--enable-features=Vulkan,WebGPU"],
  });
}

const firefoxPlaces = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** Where Firefox is: FIREFOX names it, and then it must be there. Undefined where there is none. */
export const findFirefox = (): string | undefined =>
  process.env.FIREFOX ?? firefoxPlaces.find((place) => existsSync(place));
