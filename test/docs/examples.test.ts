/** Every TypeScript block of the README, of docs/ and of the docstrings runs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sharedFolder } from "../shared-folder.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = `${root}test/.examples/`;

interface Example {
  readonly place: string;
  readonly code: string;
}

/** ```ts blocks of a Markdown text. */
function blocksOf(text: string, place: string): Example[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => ({
    place: `${place}:${text.slice(0, match.index).split("\n").length}`,
    code: match[1]!,
  }));
}

/** The text of a file's doc comments, line numbers kept. */
function docComments(source: string): string {
  let inside = false;
  return source
    .split("\n")
    .map((line) => {
      if (/^\s*\/\*\*/.test(line)) inside = true;
      const text = inside ? line.replace(/^\s*(\/\*\*|\*)? ?/, "") : "";
      if (line.includes("*/")) inside = false;
      return text;
    })
    .join("\n");
}

function filesUnder(path: string, ending: string): string[] {
  return readdirSync(`${root}${path}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${path}/${name}`);
}

const examples = [
  ...["README.md", ...filesUnder("docs", ".md").filter((name) => !name.startsWith("docs/api"))].flatMap((name) =>
    blocksOf(readFileSync(`${root}${name}`, "utf8"), name),
  ),
  ...filesUnder("src", ".ts").flatMap((name) => blocksOf(docComments(readFileSync(`${root}${name}`, "utf8")), name)),
];

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  if (existsSync(`${sharedFolder}data/mnist`)) vi.stubEnv("FOVEA_DATA", `${sharedFolder}data`);
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("examples", () => {
  test("there are some, from the README and from docstrings", () => {
    expect(examples.filter(({ place }) => place.startsWith("README")).length).toBeGreaterThan(0);
    expect(examples.filter(({ place }) => place.startsWith("src/")).length).toBeGreaterThan(5);
  });

  for (const [i, { place, code }] of examples.entries()) {
    test(place, async () => {
      const file = `${folder}example-${i}.ts`;
      writeFileSync(file, `${code}\nexport {};\n`);
      const run = import(/* @vite-ignore */ file);
      // Without a network and without the files an example that downloads can only say so.
      await run.catch((error: unknown) => {
        if (!code.includes("mnist.load(") || !(error instanceof Error && error.name === "InputOutputError"))
          throw error;
      });
    });
  }
});
