/** `fovea lab`. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import { thisHost } from "../../data/data-host.ts";
import { ArgumentError, StateError } from "../../index.ts";
import type { DefineCommand } from "../command.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { LabEngines } from "../lab-engines.ts";
import { type StaticServer, serveFolder } from "../static-server.ts";

interface LabOptions {
  readonly port: number;
  readonly host: string;
  readonly open: boolean;
  readonly run: boolean;
}

const PORT = 7210;

/** What a page needs for threads, and what it may load: its own files alone. The page states the same policy for other servers. */
export const labHeaders: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
};

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) throw new InvalidArgumentError("Expected a port, 0 to 65535; 0 takes a free one.");
  return port;
}

/** The lab as the build made it: dist/lab. This file is in dist/node/ or, in the sources, in src/cli/commands/. */
function labFolder(): string {
  const places = ["../lab/", "../../lab/", "../../../dist/lab/"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const folder = places.find((place) => existsSync(join(place, "assets")) && existsSync(join(place, "index.html")));
  if (folder === undefined)
    throw new StateError("The lab is not built: run `npm run build` in the repository, or install fovea again.");
  return folder;
}

/** The files of MNIST that a page reads. */
const mnistFiles = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"].map(
  (name) => `${name}-ubyte.gz`,
);

/** The folder where MNIST is kept on this machine, packed; undefined if it is not. */
function mnistFolder(): string | undefined {
  const { dataFolder, cacheFolder } = thisHost();
  return [dataFolder, cacheFolder]
    .flatMap((base) => (base === undefined ? [] : [join(base, "mnist")]))
    .find((place) => mnistFiles.every((name) => existsSync(join(place, name))));
}

/** Opens an address in the user's browser; what becomes of it is not known here. */
function openBrowser(address: string): void {
  const [command, ...args] =
    process.platform === "win32"
      ? ["cmd", "/c", "start", '""', address]
      : [process.platform === "darwin" ? "open" : "xdg-open", address];
  spawn(command!, args, { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

/** Where others reach a server that listens on all addresses. */
function addressesOf(host: string, port: number): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [`http://${host.includes(":") ? `[${host}]` : host}:${port}/`];
  const others = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => `http://${address}:${port}/`);
  return [`http://localhost:${port}/`, ...others];
}

const isLoopback = (host: string): boolean => ["localhost", "127.0.0.1", "::1"].includes(host);

export const defineLab: DefineCommand = (command: Command) => {
  command
    .option("--port <n>", "where to listen; 0 takes a free one", portNumber, PORT)
    .option("--host <name>", "for whom: 0.0.0.0 lets a class open it from this machine", "127.0.0.1")
    .option("--open", "open the browser", false)
    .option(
      "--run",
      "compute in this process instead of the page: Node's devices, for pages of this machine alone",
      false,
    )
    .addHelpText(
      "after",
      "\nThe page computes in each visitor's browser; this machine only gives out its files, and nobody can write to it.\nIf MNIST is on this machine, the page can train on it.",
    );
  return async (host) => {
    const options = command.opts<LabOptions>();
    if (options.run && !isLoopback(options.host))
      throw new ArgumentError(`--run: only pages of this machine may compute here; leave --host ${options.host} out.`);
    const folder = labFolder();
    const engines = options.run ? makeEngines(folder) : undefined;
    const server = await start(options, folder, engines);
    const interrupt = listenForInterrupt(host);
    try {
      const [first, ...others] = addressesOf(options.host, server.port);
      host.err(`The lab is at ${first}${engines === undefined ? "" : ", and computes in this process"}\n`);
      for (const other of others) host.err(`For others: ${other}\n`);
      // Browsers give threads and the GPU to pages of https or of the same machine alone.
      if (!isLoopback(options.host))
        host.err("Others' browsers compute on one thread, without the GPU, as long as the address has no https.\n");
      host.err("Ctrl+C ends it.\n");
      if (options.open) openBrowser(first!);
      await new Promise<void>((resolve) => interrupt.signal.addEventListener("abort", () => resolve(), { once: true }));
      return 0;
    } finally {
      interrupt.release();
      engines?.close();
      await server.close();
    }
  };
};

/** The engine for Node lies beside the lab's folder. */
function makeEngines(folder: string): LabEngines {
  const script = join(folder, "../lab-engine/node-worker.js");
  if (!existsSync(script))
    throw new StateError(
      "The lab's engine is not built: run `npm run build` in the repository, or install fovea again.",
    );
  return new LabEngines({ script: pathToFileURL(script), page: join(folder, "index.html"), headers: labHeaders });
}

async function start(
  { host, port }: LabOptions,
  folder: string,
  engines: LabEngines | undefined,
): Promise<StaticServer> {
  const mnist = mnistFolder();
  const others = mnist === undefined ? {} : { "data/mnist": mnist };
  const handle = engines === undefined ? {} : { handle: engines.handle.bind(engines) };
  try {
    return await serveFolder({ folder, others, host, port, headers: labHeaders, ...handle });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new StateError(`Port ${port} is taken: stop what listens there, or pass --port 0 for a free one.`, {
        cause,
      });
    if (code === "EACCES")
      throw new StateError(`Port ${port} is not allowed for this user: pass --port with one above 1023.`, { cause });
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new StateError(`Host ${host} is not an address of this machine: 127.0.0.1 is it alone, 0.0.0.0 all.`, {
        cause,
      });
    throw cause;
  }
}
