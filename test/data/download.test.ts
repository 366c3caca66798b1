import * as fs from "node:fs/promises";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import * as path from "node:path";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { InputOutputError } from "../../src/base/errors.ts";
import { type DataHost, Disk, type FileCalls } from "../../src/data/data-host.ts";
import { loadIdxDataset } from "../../src/data/idx-dataset.ts";
import type { DownloadProgress } from "../../src/data/image-dataset.ts";
import { temporaryFolder, tinyDataset } from "./idx-files.ts";

const { spec, files } = tinyDataset();
const all = [...files.keys()].map((name) => `${name}.gz`).sort();
const browser: DataHost = { disk: undefined, dataFolder: undefined, cacheFolder: undefined };

/** Mirrors are servers of this machine. In a network namespace of its own even its loopback interface may be down. */
async function hasLoopback(): Promise<boolean> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
  server.close();
  return reached;
}

const loopback = await hasLoopback();
if (!loopback) process.stderr.write("127.0.0.1 cannot be reached here, so downloads are not tested.\n");

type Answer = (request: IncomingMessage, response: ServerResponse, packed: Buffer) => void | Promise<void>;

/** A mirror on this machine: its address and the names it was asked for. */
async function mirrorOf(answer: Answer): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = request.url!.split("/").at(-1)!;
    asked.push(name);
    void answer(request, response, gzipSync(files.get(name.replace(/\.gz$/, "")) ?? ""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/set/`, asked };
}

const whole: Answer = (_, response, packed) => {
  response.writeHead(200, { "content-length": packed.length }).end(packed);
};
const absent: Answer = (_, response) => {
  response.writeHead(404).end("no such file");
};

async function cachingHost(calls: Partial<FileCalls> = {}): Promise<{ host: DataHost; folder: string }> {
  const cacheFolder = join(await temporaryFolder(), "deep", "cache");
  const host = { disk: new Disk({ ...fs, ...calls }, path), dataFolder: undefined, cacheFolder };
  return { host, folder: join(cacheFolder, "tiny") };
}

describe.runIf(loopback)("a download", () => {
  test("fills the cache, reports progress, and is not repeated", async () => {
    const mirror = await mirrorOf(whole);
    const { host, folder } = await cachingHost();
    const events: DownloadProgress[] = [];
    const set = await loadIdxDataset(spec, { mirrors: [mirror.url], progress: (event) => events.push(event) }, host);
    expect(set.train.labels.data).toEqual(new Int32Array([0, 1, 2, 0, 1]));
    expect(set.source).toBe(`downloaded from ${mirror.url}, kept in ${folder}`);
    expect((await readdir(folder)).sort()).toEqual(all);
    for (const [name, bytes] of files)
      expect(gunzipSync(await readFile(join(folder, `${name}.gz`)))).toEqual(Buffer.from(bytes));
    const last = events.at(-1)!;
    expect(last).toEqual({
      file: "test-images.gz",
      url: `${mirror.url}test-images.gz`,
      receivedBytes: gzipSync(files.get("test-images")!).length,
      totalBytes: gzipSync(files.get("test-images")!).length,
      fileNumber: 4,
      fileCount: 4,
    });
    expect([...new Set(events.map((event) => event.fileNumber))]).toEqual([1, 2, 3, 4]);
    const again = await loadIdxDataset(spec, { mirrors: [mirror.url] }, host);
    expect(again.source).toBe(folder);
    expect(again.train.images.data).toEqual(set.train.images.data);
    expect(mirror.asked).toHaveLength(4);
  });

  test("fetches only what the cache lacks", async () => {
    const mirror = await mirrorOf(whole);
    const { host, folder } = await cachingHost();
    await fs.mkdir(folder, { recursive: true });
    await fs.writeFile(join(folder, "train-images"), files.get("train-images")!);
    const events: DownloadProgress[] = [];
    await loadIdxDataset(spec, { mirrors: [mirror.url], progress: (event) => events.push(event) }, host);
    expect(mirror.asked).toEqual(["train-labels.gz", "test-labels.gz", "test-images.gz"]);
    expect(events.at(-1)).toMatchObject({ fileNumber: 3, fileCount: 3 });
  });

  test("replaces what is damaged in the cache, under whatever name, and says so", async () => {
    const mirror = await mirrorOf(whole);
    const { host, folder } = await cachingHost();
    await loadIdxDataset(spec, { mirrors: [mirror.url] }, host);
    const cut = join(folder, "train-images.gz");
    await fs.writeFile(cut, (await readFile(cut)).subarray(0, 20));
    const wrong = join(folder, "test-labels");
    await fs.writeFile(wrong, files.get("test-images")!);
    const events: DownloadProgress[] = [];
    const set = await loadIdxDataset(spec, { mirrors: [mirror.url], progress: (event) => events.push(event) }, host);
    expect(set.train.images.shape).toEqual([5, 3, 2, 1]);
    expect(set.source).toBe(
      `downloaded from ${mirror.url} in place of damaged files (${cut}, ${wrong}), kept in ${folder}`,
    );
    expect(mirror.asked.slice(4)).toEqual(["train-images.gz", "test-labels.gz"]);
    expect(events.at(-1)).toMatchObject({ fileNumber: 2, fileCount: 2 });
    expect((await readdir(folder)).sort()).toEqual(all);
    expect((await loadIdxDataset(spec, { offline: true }, host)).source).toBe(folder);
  });

  test("leaves a damaged file where it is as long as no other comes", async () => {
    const [good, bad] = [await mirrorOf(whole), await mirrorOf(absent)];
    const { host, folder } = await cachingHost();
    await loadIdxDataset(spec, { mirrors: [good.url] }, host);
    const cut = join(folder, "train-images.gz");
    await fs.writeFile(cut, "cut");
    const loading = loadIdxDataset(spec, { mirrors: [bad.url] }, host);
    await expect(loading).rejects.toThrow(`${cut} is damaged, and could not be fetched anew. No mirror gave`);
    expect((await readdir(folder)).sort()).toEqual(all);
  });

  test("removes what cut-off writes left long ago, and nothing else", async () => {
    const mirror = await mirrorOf(whole);
    const { host, folder } = await cachingHost();
    await fs.mkdir(folder, { recursive: true });
    const part = (id: string) => `train-images.gz.${id.repeat(8)}-0000-4000-8000-000000000000.part`;
    const names = [part("a"), part("b"), "mine.part"];
    for (const name of names) await fs.writeFile(join(folder, name), "part");
    const longAgo = new Date(Date.now() - 2 * 86_400_000);
    for (const name of [part("a"), "mine.part"]) await fs.utimes(join(folder, name), longAgo, longAgo);
    await loadIdxDataset(spec, { mirrors: [mirror.url] }, host);
    expect((await readdir(folder)).sort()).toEqual([...all, part("b"), "mine.part"].sort());
  });

  test("works without a disk, and takes an address without its last slash", async () => {
    const mirror = await mirrorOf(whole);
    const set = await loadIdxDataset(spec, { mirrors: [mirror.url.slice(0, -1)], dtype: "uint8" }, browser);
    expect(set.test.images.data).toEqual(files.get("test-images")!.subarray(16));
    expect(set.source).toBe(`downloaded from ${mirror.url.slice(0, -1)}`);
  });

  test("takes files that the transfer already unpacked, and keeps them under their plain names", async () => {
    const mirror = await mirrorOf((_, response, packed) => {
      response.writeHead(200, { "content-length": packed.length, "content-encoding": "gzip" }).end(packed);
    });
    const { host, folder } = await cachingHost();
    const events: DownloadProgress[] = [];
    await loadIdxDataset(spec, { mirrors: [mirror.url], progress: (event) => events.push(event) }, host);
    expect((await readdir(folder)).sort()).toEqual([...files.keys()].sort());
    expect(new Set(events.map((event) => event.totalBytes))).toEqual(new Set([undefined]));
    expect((await loadIdxDataset(spec, { offline: true }, host)).source).toBe(folder);
  });
});

describe.runIf(loopback)("a mirror that fails", () => {
  // Time passes when a mirror lets it pass: how loaded the machine is makes no difference.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());
  let received = 0;
  const progress = (event: DownloadProgress) => {
    received = event.receivedBytes;
  };
  const arrived = async (bytes: number) => {
    while (received !== bytes) await new Promise(setImmediate);
  };
  const wrong = gzipSync(Buffer.from(files.get("train-images")!).fill(9, 30));
  const failing: [string, Answer, RegExp][] = [
    ["answers 404", absent, /train-labels\.gz: the server answered 404 Not Found\./],
    [
      "never answers",
      () => void vi.advanceTimersByTimeAsync(500),
      /train-labels\.gz: no byte came for 500 ms \(after 0 bytes\)\./,
    ],
    [
      "stops in the middle",
      async (_, response, packed) => {
        response.writeHead(200, { "content-length": packed.length });
        response.write(packed.subarray(0, 12));
        await arrived(12);
        await vi.advanceTimersByTimeAsync(500);
      },
      /train-labels\.gz: no byte came for 500 ms \(after 12 bytes\)\./,
    ],
    [
      "drips a byte now and then",
      async (_, response, packed) => {
        response.writeHead(200, { "content-length": packed.length });
        for (let sent = 0; sent < 5; sent++) {
          response.write(packed.subarray(sent, sent + 1));
          await arrived(sent + 1);
          await vi.advanceTimersByTimeAsync(100);
        }
      },
      /train-labels\.gz: only 5 bytes came in 500 ms, fewer than 1000 a second \(after 5 bytes\)\./,
    ],
    [
      "cuts the line",
      (_, response, packed) => {
        response.writeHead(200, { "content-length": packed.length });
        response.write(packed.subarray(0, 12), () => response.destroy());
      },
      /train-labels\.gz: terminated \(other side closed\) \(after 12 bytes\)\./,
    ],
    [
      "sends half a file as if it were whole",
      (_, response, packed) => void response.end(packed.subarray(0, 20)),
      /train-labels\.gz: its gzip size field says \d+ bytes, .* cut off/,
    ],
    [
      "sends another file",
      (_, response) => void response.end(wrong),
      /train-labels\.gz: its gzip size field says 46 bytes, at most 13 were expected/,
    ],
    [
      "sends other bytes",
      (_, response) => void response.end(gzipSync("thirteen bytes".slice(1))),
      /train-labels\.gz has the wrong checksum: unpacked \(13 bytes\) its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64} \(13 bytes\)\. This mirror is not used\./,
    ],
    [
      "sends without end",
      (_, response) => void response.end(Buffer.alloc(200_000)),
      /train-labels\.gz: more than the 65549 bytes came that this file can have\./,
    ],
  ];

  test.each(failing)("%s: the next one is asked, and from then on first", async (_, answer) => {
    const [bad, good] = [await mirrorOf(answer), await mirrorOf(whole)];
    const { host, folder } = await cachingHost();
    const set = await loadIdxDataset(spec, { mirrors: [bad.url, good.url], timeoutMs: 500, progress }, host);
    expect(set.source).toBe(`downloaded from ${good.url}, kept in ${folder}`);
    expect(bad.asked).toEqual(["train-labels.gz"]);
    expect(good.asked).toHaveLength(4);
    expect((await readdir(folder)).sort()).toEqual(all);
  });

  test.each(failing)("%s, and there is no other: the error says why and what to do", async (_, answer, words) => {
    const bad = await mirrorOf(answer);
    const { host, folder } = await cachingHost();
    const loading = loadIdxDataset(spec, { mirrors: [bad.url], timeoutMs: 500, progress }, host);
    await expect(loading).rejects.toThrow(InputOutputError);
    await expect(loading).rejects.toThrow(words);
    await expect(loading).rejects.toThrow("No mirror gave train-labels.gz:");
    await expect(loading).rejects.toThrow(
      `put the four files into ${folder}, pass dir, pass other mirrors, or use digits.load()`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("nobody listens: every mirror's reason is told", async () => {
    const mirrors = ["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"];
    const loading = loadIdxDataset(spec, { mirrors }, browser);
    await expect(loading).rejects.toThrow(/127\.0\.0\.1:1\/a\/train-labels\.gz: fetch failed/);
    await expect(loading).rejects.toThrow(/127\.0\.0\.1:1\/b\/train-labels\.gz: fetch failed/);
  });

  test("a slow mirror is not given up while enough bytes keep coming", async () => {
    let passed = 0;
    const slow = await mirrorOf(async (request, response, bare) => {
      if (!request.url?.endsWith("train-labels.gz")) return void response.end(bare);
      // gzip's header may hold a file name (RFC 1952, FNAME), which makes the file long enough.
      const packed = Buffer.concat([bare.subarray(0, 10), Buffer.alloc(6000, "n"), Buffer.of(0), bare.subarray(10)]);
      packed[3]! |= 8;
      response.writeHead(200, { "content-length": packed.length });
      for (let sent = 0; sent < packed.length; sent += 600) {
        response.write(packed.subarray(sent, sent + 600));
        await arrived(Math.min(sent + 600, packed.length));
        await vi.advanceTimersByTimeAsync(400);
        passed += 400;
      }
      response.end();
    });
    await loadIdxDataset(spec, { mirrors: [slow.url], timeoutMs: 500, progress }, browser);
    expect(passed).toBeGreaterThan(500);
  });
});

describe.runIf(loopback)("a connection that breaks", () => {
  /** Sends a third of the file in each answer; `tag` of each answer. */
  const inParts =
    (tagOf: (turn: number) => string, ranges = "bytes"): Answer =>
    (request, response, packed) => {
      const { range } = request.headers;
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? "bytes=0-")![1]);
      const turn = from === 0 ? 0 : 1;
      const headers = { "accept-ranges": ranges, etag: tagOf(turn), "content-length": packed.length - from };
      const part = packed.subarray(from, from + Math.ceil(packed.length / 3));
      if (range === undefined) response.writeHead(200, headers);
      else
        response.writeHead(206, { ...headers, "content-range": `bytes ${from}-${packed.length - 1}/${packed.length}` });
      if (from + part.length === packed.length) response.end(part);
      else response.write(part, () => setTimeout(() => response.destroy(), 20));
    };

  test("is taken up where it broke, as often as it must be", async () => {
    const mirror = await mirrorOf(inParts(() => '"v1"'));
    const { host, folder } = await cachingHost();
    const events: DownloadProgress[] = [];
    await loadIdxDataset(spec, { mirrors: [mirror.url], progress: (event) => events.push(event) }, host);
    expect((await readdir(folder)).sort()).toEqual(all);
    for (const [name, bytes] of files)
      expect(gunzipSync(await readFile(join(folder, `${name}.gz`)))).toEqual(Buffer.from(bytes));
    expect(mirror.asked).toHaveLength(3 * all.length);
    for (const { receivedBytes, totalBytes } of events) expect(receivedBytes).toBeLessThanOrEqual(totalBytes!);
  });

  test.each<[string, Answer]>([
    ["gives another file meanwhile", inParts((turn) => `"v${turn}"`)],
    ["has weak tags", inParts(() => 'W/"v1"')],
    ["gives no parts", inParts(() => '"v1"', "none")],
  ])("is given up where the server %s", async (_, answer) => {
    const [bad, good] = [await mirrorOf(answer), await mirrorOf(whole)];
    const { host } = await cachingHost();
    const set = await loadIdxDataset(spec, { mirrors: [bad.url, good.url] }, host);
    expect(set.source).toContain(`downloaded from ${good.url}`);
  });
});

describe.runIf(loopback)("a download that ends early", () => {
  test("by its signal: the signal's reason, no second mirror, no file", async () => {
    const stop = new AbortController();
    const [hanging, other] = [
      await mirrorOf((_, response, packed) => {
        response.writeHead(200, { "content-length": packed.length });
        response.write(packed.subarray(0, 10));
      }),
      await mirrorOf(whole),
    ];
    const { host, folder } = await cachingHost();
    const reason = new Error("the user left");
    const progress = () => stop.abort(reason);
    const options = { mirrors: [hanging.url, other.url], signal: stop.signal, progress };
    await expect(loadIdxDataset(spec, options, host)).rejects.toBe(reason);
    expect(other.asked).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    await expect(loadIdxDataset(spec, { signal: stop.signal }, host)).rejects.toBe(reason);
  });

  test("by an error of the caller's own progress function: that error, no second mirror", async () => {
    const [first, second] = [await mirrorOf(whole), await mirrorOf(whole)];
    const mistake = new TypeError("progress is broken");
    const progress = () => {
      throw mistake;
    };
    await expect(loadIdxDataset(spec, { mirrors: [first.url, second.url], progress }, browser)).rejects.toBe(mistake);
    expect(second.asked).toEqual([]);
  });

  test("by a full disk: says so and leaves no partial file", async () => {
    const mirror = await mirrorOf(whole);
    const written: string[] = [];
    const { host, folder } = await cachingHost({
      async writeFile(name, bytes) {
        await fs.writeFile(name, bytes.subarray(0, 5));
        written.push(...(await readdir(path.dirname(name))));
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      },
    });
    const loading = loadIdxDataset(spec, { mirrors: [mirror.url] }, host);
    await expect(loading).rejects.toThrow(InputOutputError);
    await expect(loading).rejects.toThrow(
      `Cannot write ${join(folder, "train-labels.gz")}: the disk is full; free some space (ENOSPC). Or keep data elsewhere: set XDG_CACHE_HOME`,
    );
    expect(written).toEqual([expect.stringMatching(/^train-labels\.gz\.[0-9a-f-]{36}\.part$/)]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("by a rename that fails: the partial file is removed too", async () => {
    const mirror = await mirrorOf(whole);
    const { host, folder } = await cachingHost({ rename: () => Promise.reject(new Error("odd disk")) });
    await expect(loadIdxDataset(spec, { mirrors: [mirror.url] }, host)).rejects.toThrow(
      "train-labels.gz: odd disk. Or keep",
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("by a folder that cannot be made: the data set is loaded, not kept, and the source says why", async () => {
    const mirror = await mirrorOf(whole);
    const denied = Object.assign(new Error("EROFS"), { code: "EROFS" });
    const { host, folder } = await cachingHost({ mkdir: () => Promise.reject(denied) });
    const { source, train } = await loadIdxDataset(spec, { mirrors: [mirror.url] }, host);
    expect(source).toContain(`not kept: Cannot make the folder ${folder}: the disk is read-only (EROFS).`);
    expect(train.labels.size).toBeGreaterThan(0);
    // Without a mirror it is the mirrors that are the reason, so that the command line draws digits instead.
    await expect(loadIdxDataset(spec, { mirrors: ["http://127.0.0.1:1/"] }, host)).rejects.toThrow("No mirror gave");
  });
});
