/** Processes that are killed while they train: the short form of bench/files/kill.mjs, with moments of its own each time. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

test("three trainings that are killed end as if nothing had happened", () => {
  if (!existsSync(path("dist/node/index.js"))) throw new Error('run "npm run build" before this test.');
  const text = execFileSync(process.execPath, [path("bench/files/kill.mjs"), "--kills", "3", "--epochs", "2"], {
    encoding: "utf8",
  });
  expect(text, text).toContain("3 of 3 killed trainings ended bit for bit as the undisturbed one");
});
