/** Engines of the lab in this process, one for each open page: what page and engine say to each other passes through as bytes. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Worker } from "node:worker_threads";
import { refuse } from "./static-server.ts";

const PATH = "/engine";
/** Pages at a time; each trains with threads of its own. */
const MOST_ENGINES = 4;
/** Of what a page says at once. */
const MOST_BYTES = 2 ** 26;
/** Of an answer to a request whose body nobody reads. */
const lastAnswer = { Connection: "close" };

export interface LabEnginesOptions {
  /** What an engine's thread runs. */
  readonly script: URL;
  /** The page as a file. */
  readonly page: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class LabEngines {
  readonly #options: LabEnginesOptions;
  readonly #workers = new Map<string, Worker>();

  constructor(options: LabEnginesOptions) {
    this.#options = options;
  }

  /** Engines that run. */
  get size(): number {
    return this.#workers.size;
  }

  /** Answers what is not a file. @returns whether it did */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? "/").replace(/[?#].*$/s, "");
    const isPage = request.method === "GET" && (path === "/" || path === "/index.html");
    if (!isPage && path !== PATH && !path.startsWith(`${PATH}/`)) return false;
    if (!isOwnPage(request)) refuse(response, 403, "The engine answers the page of this machine alone.", lastAnswer);
    else if (isPage) this.#givePage(response);
    else if (request.method === "GET" && path === PATH) {
      if (this.#workers.size >= MOST_ENGINES)
        refuse(response, 503, `${MOST_ENGINES} pages have an engine already: close one of them`, lastAnswer);
      else this.#open(response);
    } else if (request.method === "POST") {
      const worker = this.#workers.get(path.slice(PATH.length + 1));
      if (worker === undefined) refuse(response, 404, "This engine has ended", lastAnswer);
      else this.#take(request, response, worker).catch(() => response.destroy());
    } else refuse(response, 405, "The engine takes GET and POST.", lastAnswer);
    return true;
  }

  close(): void {
    for (const worker of this.#workers.values()) void worker.terminate();
  }

  /** The page, told where the engine is. */
  #givePage(response: ServerResponse): void {
    const page = readFileSync(this.#options.page, "utf8").replace("<html ", `<html data-engine="${PATH.slice(1)}" `);
    const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
    response.writeHead(200, { ...headers, ...this.#options.headers }).end(page);
  }

  /** An engine lives as long as the answer in which it speaks. */
  #open(response: ServerResponse): void {
    const id = randomUUID();
    const worker = new Worker(this.#options.script, { execArgv: [] });
    this.#workers.set(id, worker);
    worker.on("message", (bytes: Uint8Array) => response.write(bytes));
    worker.on("error", () => response.destroy());
    worker.on("exit", () => {
      this.#workers.delete(id);
      response.end();
    });
    response.on("close", () => void worker.terminate());
    response.writeHead(200, {
      "Content-Type": "application/octet-stream",
      "Cache-Control": "no-store",
      "Fovea-Engine": id,
      ...this.#options.headers,
    });
    response.flushHeaders();
  }

  async #take(request: IncomingMessage, response: ServerResponse, worker: Worker): Promise<void> {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > MOST_BYTES) {
        refuse(response, 413, "That is too much at once.", lastAnswer);
        return;
      }
      pieces.push(piece);
    }
    worker.postMessage(new Uint8Array(Buffer.concat(pieces)));
    response.writeHead(204, this.#options.headers).end();
  }
}

/**
 * Whether a page of this server asks. A page of elsewhere can reach this machine by a name of its own that leads here, which the
 * host tells, or from its own origin, which browsers tell.
 */
function isOwnPage({ headers: { host = "", origin, "sec-fetch-site": site } }: IncomingMessage): boolean {
  const isHere = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
  return (
    isHere && (origin === undefined || origin === `http://${host}`) && site !== "cross-site" && site !== "same-site"
  );
}
