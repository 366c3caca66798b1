import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./files.ts";

/** The project's own rules (`npm run check` holds the sources to them), run on another folder. */
const cruise = (folder: string) => {
  const bin = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [bin, "--config", ".dependency-cruiser.cjs", "--output-type", "err", "src"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  return { status, text: stdout + stderr };
};

/** Files of a small project with the floors' rules; each imports what is listed. */
function violations(files: Readonly<Record<string, readonly string[]>>): { status: number | null; text: string } {
  const folder = mkdtempSync(join(planted, "case-"));
  cpSync(join(root, ".dependency-cruiser.cjs"), join(folder, ".dependency-cruiser.cjs"));
  writeFileSync(join(folder, "tsconfig.json"), "{}");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [path, imports] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    const lines = imports.map(
      (target, i) => `import { t as t${i} } from "${target}";\nexport const u${i} = () => t${i};`,
    );
    writeFileSync(join(folder, path), `${lines.join("\n")}\nexport const t = 1;\n`);
  }
  return cruise(folder);
}

let planted: string;
beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), "floors-"));
});
afterAll(() => rmSync(planted, { recursive: true }));

test("a house whose imports go down is sound", () => {
  const { status, text } = violations({
    "src/base/a.ts": [],
    "src/ir/b.ts": ["../base/a.ts"],
    "src/ops/c.ts": ["../ir/b.ts"],
    "src/train/d.ts": ["../ops/c.ts"],
    "src/index.ts": ["./train/d.ts"],
    "src/cli/e.ts": ["../index.ts"],
  });
  expect(status, text).toBe(0);
});

test("the rules catch every kind of wrong import", () => {
  const { status, text } = violations({
    "src/base/up.ts": ["../train/b.ts"],
    "src/train/b.ts": [],
    "src/compile/twin.ts": ["../devices/b.ts"],
    "src/devices/b.ts": [],
    "src/nn/surface.ts": ["../index.ts"],
    "src/index.ts": ["./train/b.ts"],
    "src/view/side.ts": ["../ir/b.ts"],
    "src/ir/b.ts": [],
    "src/ops/here.ts": ["./there.ts"],
    "src/ops/there.ts": ["./here.ts"],
    "src/data/alone.ts": [],
  });
  const found = [...text.matchAll(/error ([a-z-]+): (\S+)/g)].map(([, rule, from]) => `${rule} ${from}`);
  expect(new Set(found)).toEqual(
    new Set([
      "floor-base src/base/up.ts",
      "floor-compile src/compile/twin.ts",
      "floor-nn src/nn/surface.ts",
      "side-view src/view/side.ts",
      "floor-view src/view/side.ts",
      "no-cycle src/ops/here.ts",
      "no-orphan src/data/alone.ts",
    ]),
  );
  expect(status).not.toBe(0);
});
