import { expect, test } from "vitest";
import { DownloadLine } from "../../src/view/bar.ts";
import type { LineMode } from "../../src/view/terminal-line.ts";

function setUp(mode: LineMode, columns = 120) {
  const written: string[] = [];
  const clock = { milliseconds: 0 };
  const options = { mode, columns, write: (text: string) => void written.push(text), now: () => clock.milliseconds };
  return { line: new DownloadLine(options), clock, take: () => written.splice(0).join("") };
}

const mebibyte = 2 ** 20;

test("terminal: bytes, bar, rate, time left; then one line that stays", () => {
  const { line, clock, take } = setUp("terminal");
  line.begin("train-images", 8 * mebibyte);
  line.update(0);
  expect(take()).toBe("\rtrain-images 0.00 B of 8.00 MB ────────────────────\x1b[K");
  clock.milliseconds += 50;
  line.update(1000);
  expect(take()).toBe("");
  clock.milliseconds += 1950;
  line.update(2 * mebibyte);
  expect(take()).toBe("\rtrain-images 2.00 MB of 8.00 MB ━━━━━─────────────── 1.00 MB/s 6s\x1b[K");
  clock.milliseconds += 2000;
  line.end(8 * mebibyte);
  expect(take()).toBe("\rtrain-images: 8.00 MB in 4s, 2.00 MB/s\x1b[K\n");
});

test("terminal: unknown length, narrow screen, abort", () => {
  const { line, clock, take } = setUp("terminal", 30);
  line.begin("labels", undefined);
  clock.milliseconds += 1000;
  line.update(2048);
  expect(take()).toBe("\rlabels 2.00 KB 2.00 KB/s\x1b[K");
  line.abort();
  expect(take()).toBe("\n");
  line.begin("labels", 2048);
  line.update(1024);
  expect(take()).toBe("\rlabels 1.00 KB of 2.00 KB\x1b[K");
});

test("log: a sign of life each 30 seconds, and the end", () => {
  const { line, clock, take } = setUp("log");
  line.begin("train-images", 8 * mebibyte);
  for (let second = 1; second <= 64; second++) {
    clock.milliseconds += 1000;
    line.update((second * mebibyte) / 8);
  }
  line.end(8 * mebibyte);
  expect(take()).toBe(
    [
      "train-images: 3.75 MB of 8.00 MB, 128.00 KB/s",
      "train-images: 7.50 MB of 8.00 MB, 128.00 KB/s",
      "train-images: 8.00 MB in 64s, 128.00 KB/s",
      "",
    ].join("\n"),
  );
});

test("json and silent", () => {
  const { line, clock, take } = setUp("json");
  line.begin("labels", undefined);
  clock.milliseconds += 30_000;
  line.update(10);
  line.end(20);
  expect(take()).toBe(
    '{"event":"heartbeat","phase":"download","label":"labels","bytes":10,"total":null,"seconds":30}\n' +
      '{"event":"download","phase":"download","label":"labels","bytes":20,"total":null,"seconds":30}\n',
  );
  const quiet = setUp("silent");
  quiet.line.begin("labels", 5);
  quiet.clock.milliseconds += 60_000;
  quiet.line.update(1);
  quiet.line.end(5);
  quiet.line.abort();
  expect(quiet.take()).toBe("");
});
