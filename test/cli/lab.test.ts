import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labHeaders } from "../../src/cli/commands/lab.ts";
import { LabEngines } from "../../src/cli/lab-engines.ts";
import { fileOf, type StaticServer, serveFolder } from "../../src/cli/static-server.ts";
import { CapturedHost, runCaptured } from "./captured-host.ts";

let base: string;
let server: StaticServer;
const address = (path: string) => `http://127.0.0.1:${server.port}${path}`;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), "fovea-served-"));
  mkdirSync(join(base, "site", "assets"), { recursive: true });
  mkdirSync(join(base, "data"));
  writeFileSync(join(base, "site", "index.html"), "<!doctype html>the page");
  writeFileSync(join(base, "site", "assets", "engine-AbCd_123.js"), "export {};");
  writeFileSync(join(base, "site", ".hidden"), "not this");
  writeFileSync(join(base, "data", "digits.gz"), "digits");
  writeFileSync(join(base, "secret.txt"), "secret");
  server = await serveFolder({
    folder: join(base, "site"),
    others: { "data/mnist": join(base, "data") },
    host: "127.0.0.1",
    port: 0,
    headers: labHeaders,
  });
});
afterAll(async () => {
  await server?.close();
  if (base !== undefined) rmSync(base, { recursive: true, force: true });
});

describe("the files of the lab", () => {
  test("are given out with the headers that threads need, and a policy without other origins", async () => {
    const response = await fetch(address("/"));
    expect(await response.text()).toContain("the page");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(response.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  });

  test("are kept by browsers if their names have a hash, and asked for again if not", async () => {
    const stamped = await fetch(address("/assets/engine-AbCd_123.js"));
    expect(stamped.headers.get("content-type")).toContain("text/javascript");
    expect(stamped.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(address("/"))).headers.get("cache-control")).toBe("no-cache");
  });

  test("may lie in other folders", async () => {
    expect(await (await fetch(address("/data/mnist/digits.gz"))).text()).toBe("digits");
  });

  test("are only read", async () => {
    const response = await fetch(address("/"), { method: "PUT", body: "x" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    const head = await fetch(address("/"), { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });
});

/** The status of an address that is sent as it is; fetch would tidy it up. */
function rawStatus(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    });
    let text = "";
    socket.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    socket.on("end", () => resolve(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? text)).on("error", reject);
  });
}

describe("addresses that lead out of the folder", () => {
  test.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/../../secret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "/data/mnist/../secret.txt",
    "/..\\secret.txt",
    "//etc/passwd",
    "/.hidden",
    "/%",
    "/%00",
    "/assets",
    "/data/mnist/",
    "/missing",
  ])("%s is refused", async (path) => {
    expect(await rawStatus(path)).toBe("404");
  });

  test("are refused whatever they are", () => {
    const part = fc.oneof(fc.constantFrom("..", ".", "%2e%2e", "a", "..%2f", "..%5c", "C:", "%00", ""), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const folders = { folder: "/site/lab", others: { "data/mnist": "/mnist" } };
        const file = fileOf(`/${parts.join("/")}`, folders);
        return file === undefined || /^\/(site\/lab|mnist)\/(?!(.*\/)?\.\.?(\/|$))/.test(file);
      }),
    );
  });
});

describe("fovea lab", () => {
  /** Runs the command until it says where the lab is, does something there, and presses Ctrl+C. */
  async function run(args: readonly string[], work: (address: string) => Promise<void>) {
    const host = new CapturedHost();
    let failure: unknown;
    host.watch = (text) => {
      const found = /The lab is at (\S+)/.exec(text)?.[1];
      if (found === undefined) return;
      work(found)
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(() => host.interrupt());
    };
    const result = await runCaptured(["lab", "--port", "0", ...args], host);
    if (failure !== undefined) throw failure;
    return { ...result, host };
  }

  test("serves the built page to this machine until Ctrl+C", async () => {
    let seen = "";
    const { exitCode, stderr, host } = await run([], async (at) => {
      seen = await (await fetch(at)).text();
      expect(at).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    });
    expect(seen).toContain("<title>fovea lab</title>");
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("For others");
    expect(host.listeners).toBe(0);
  });

  test("says what others' browsers lack where it serves them", async () => {
    const { stderr } = await run(["--host", "0.0.0.0"], async () => {});
    expect(stderr).toContain("http://localhost:");
    expect(stderr).toContain("on one thread");
  });

  test("names a port that is taken", async () => {
    const { exitCode, stderr } = await runCaptured(["lab", "--port", String(server.port)]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `error: Port ${server.port} is taken: stop what listens there, or pass --port 0 for a free one.\n`,
    );
  });

  test.each([
    ["--port", "65536"],
    ["--port", "-1"],
    ["--port", "1e3"],
  ])("refuses %s %s", async (...args) => {
    const { exitCode, stderr } = await runCaptured(["lab", ...args]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("port");
  });

  test("refuses a host that is not this machine", async () => {
    const { exitCode, stderr } = await runCaptured(["lab", "--port", "0", "--host", "203.0.113.7"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("203.0.113.7 is not an address of this machine");
  });
});

describe("engines of the lab in Node", () => {
  let engines: LabEngines;
  let served: StaticServer;
  let port: number;

  beforeAll(async () => {
    const script = join(base, "echo.mjs");
    // It says what it is told, and ends when it is told so.
    writeFileSync(
      script,
      `import { parentPort } from "node:worker_threads";
       parentPort.on("message", (bytes) => (bytes[0] === 255 ? process.exit() : parentPort.postMessage(bytes)));`,
    );
    writeFileSync(join(base, "page.html"), '<!doctype html>\n<html lang="en">page');
    engines = new LabEngines({ script: pathToFileURL(script), page: join(base, "page.html"), headers: labHeaders });
    const handle = engines.handle.bind(engines);
    served = await serveFolder({ folder: join(base, "site"), host: "127.0.0.1", port: 0, headers: labHeaders, handle });
    ({ port } = served);
  });
  afterAll(async () => {
    engines?.close();
    await served?.close();
  });

  const at = (path: string) => `http://127.0.0.1:${port}${path}`;
  const open = async () => {
    const controller = new AbortController();
    const response = await fetch(at("/engine"), { signal: controller.signal });
    const reader = response.body!.getReader();
    const own = at(`/engine/${response.headers.get("fovea-engine")}`);
    return { own, reader, leave: () => controller.abort() };
  };
  const tell = async (own: string, ...bytes: number[]) =>
    (await fetch(own, { method: "POST", body: Uint8Array.from(bytes) })).status;

  test("the page is told where they are, and other files are as ever", async () => {
    expect(await (await fetch(at("/"))).text()).toContain('<html data-engine="engine" lang="en">');
    expect((await fetch(at("/assets/engine-AbCd_123.js"))).status).toBe(200);
    expect((await fetch(at("/engine"), { method: "PUT", body: "x" })).status).toBe(405);
  });

  test("each page has its own, which ends with the page, and says so when it ends by itself", async () => {
    const [one, other] = [await open(), await open()];
    expect(engines.size).toBe(2);
    expect(await tell(one.own, 1, 2, 3)).toBe(204);
    expect(await tell(other.own, 4)).toBe(204);
    expect([...(await one.reader.read()).value!]).toEqual([1, 2, 3]);
    expect([...(await other.reader.read()).value!]).toEqual([4]);
    one.leave();
    await expect.poll(() => engines.size).toBe(1);
    expect(await tell(one.own, 1)).toBe(404);
    await tell(other.own, 255);
    expect((await other.reader.read()).done).toBe(true);
    expect(engines.size).toBe(0);
  });

  test("there are no more than four", async () => {
    const pages = [await open(), await open(), await open(), await open()];
    const refused = await fetch(at("/engine"));
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain("close one of them");
    for (const { leave } of pages) leave();
    await expect.poll(() => engines.size).toBe(0);
  });

  test.each([
    { Host: "elsewhere.example" },
    { Host: "127.0.0.1.elsewhere.example" },
    { Origin: "http://elsewhere.example" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "cross-site" },
  ])("pages of elsewhere are refused: %j", async (headers) => {
    const status = await new Promise((resolve, reject) => {
      const asked = request({ port, host: "127.0.0.1", path: "/engine", headers }, (response) => {
        response.destroy();
        resolve(response.statusCode);
      });
      asked.on("error", reject).end();
    });
    expect(status).toBe(403);
    expect(engines.size).toBe(0);
  });

  test("are not for other machines", async () => {
    const { exitCode, stderr } = await runCaptured(["lab", "--run", "--host", "0.0.0.0"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("--run: only pages of this machine may compute here; leave --host 0.0.0.0 out.");
  });
});
