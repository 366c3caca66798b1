/** A web server for the files of a folder, and perhaps of others under paths of their own. It only reads. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".gz": "application/gzip",
};

export interface StaticServerOptions {
  readonly folder: string;
  /** Folders by the path under which their files are found: { "data/mnist": "/…/mnist" }. */
  readonly others?: Readonly<Record<string, string>>;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Answers what is no file. @returns whether it did */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface StaticServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The file that an address names, without looking at the disk; undefined for an address that leads out of the folders, or that is
 * not well-formed.
 *
 * @param path of the address, as it came
 */
export function fileOf(
  path: string,
  { folder, others = {} }: Pick<StaticServerOptions, "folder" | "others">,
): string | undefined {
  let parts: string[];
  try {
    parts = path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const isUnsafe = (part: string) => part === ".." || part === "." || /[/\\\0:]/.test(part) || part.startsWith(".");
  if (parts.some(isUnsafe)) return undefined;
  const wanted = parts.join("/");
  const other = Object.keys(others).find((prefix) => wanted.startsWith(`${prefix}/`));
  const base = other === undefined ? folder : others[other]!;
  const rest = other === undefined ? wanted : wanted.slice(other.length + 1);
  const file = join(base, rest === "" || rest.endsWith("/") ? `${rest}index.html` : rest);
  return file.startsWith(base.endsWith(sep) ? base : base + sep) ? file : undefined;
}

/**
 * Starts serving.
 *
 * @throws the error of `listen`: a port that is taken, a host that is not of this machine
 */
export async function serveFolder(options: StaticServerOptions): Promise<StaticServer> {
  const server = createServer((request, response) => {
    if (!options.handle?.(request, response)) answer(request, response, options).catch(() => response.destroy());
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: StaticServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Answers with a reason instead of a file. */
export function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers }).end(`${text}\n`);
}

async function answer(request: IncomingMessage, response: ServerResponse, options: StaticServerOptions): Promise<void> {
  const { method, url = "/" } = request;
  if (method !== "GET" && method !== "HEAD")
    return refuse(response, 405, "This server only gives out files.", { Allow: "GET, HEAD" });
  const file = fileOf(url.replace(/[?#].*$/s, ""), options);
  const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (file === undefined || !found?.isFile()) return refuse(response, 404, "There is no such file.");
  const isStamped = /-[\w-]{8}\.\w+$/.test(file);
  response.writeHead(200, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    "Content-Length": found.size,
    // Files whose names have a hash of their content never change.
    "Cache-Control": isStamped ? "public, max-age=31536000, immutable" : "no-cache",
    "X-Content-Type-Options": "nosniff",
    ...options.headers,
  });
  if (method === "HEAD") {
    response.end();
    return;
  }
  const stream = createReadStream(file);
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}
