/** The cells of the notebook, one after the other, on Deno with the packed package; and what it shows is what they say. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";
import { hosts } from "./hosts.ts";

interface Cell {
  readonly cell_type: string;
  readonly source: readonly string[];
  readonly outputs?: readonly {
    readonly text?: readonly string[];
    readonly data?: Readonly<Record<string, unknown>>;
  }[];
}

/** What only a kernel has: displays are printed. */
const kernel = `const Deno = { jupyter: {
  svg: (parts: TemplateStringsArray, ...values: string[]) => String.raw(parts, ...values),
  broadcast: async (_kind: string, { data }: { data: Record<string, string> }) => console.log(data["text/plain"]),
} };\n`;

test("the notebook's cells train a network that reads 7 2 1 0, as the notebook shows", () => {
  const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const { cells } = JSON.parse(readFileSync(beside("../../examples/notebook/cnn-lab.ipynb"), "utf8")) as {
    cells: readonly Cell[];
  };
  const code = cells.filter(({ cell_type }) => cell_type === "code");
  const folder = inject("folder");
  const [imports, ...others] = code.map(({ source }) => source.join(""));
  writeFileSync(join(folder, "notebook.ts"), [imports, kernel, ...others].join(";\n"));
  const [program, ...before] = hosts.find(({ name }) => name === "Deno 2")!.command;
  const { status, stdout, stderr } = spawnSync(program, [...before, "notebook.ts"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, FOVEA_DATA: beside("../../../shared/data"), NO_COLOR: "1" },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^epoch 2 has ended: 9\d\.\d % of 1,000 test digits are right$/m);
  const read = "read: 7 2 1 0\ntrue: 7 2 1 0\n";
  expect(stdout).toContain(read);
  const shown = code.flatMap(({ outputs = [] }) => outputs);
  expect(shown.map(({ text = [] }) => text.join(""))).toContain(read);
  expect(shown.filter(({ data }) => data !== undefined && "image/svg+xml" in data).length).toBe(2);
});
