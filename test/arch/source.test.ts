import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import tsconfig from "../../tsconfig.json" with { type: "json" };
import { root, sourceFiles } from "./files.ts";

const files = sourceFiles().map((path) => ({ path, text: readFileSync(root + path, "utf8") }));
/** Paths of the files in which `pattern` occurs, with the line. */
const finds = (pattern: RegExp) =>
  files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  );

test("there are sources to look at", () => {
  expect(files.length).toBeGreaterThan(50);
});

test("no file is longer than 400 lines", () => {
  const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }));
  expect(long.filter(({ lines }) => lines > 400)).toEqual([]);
});

test("file names are kebab-case", () => {
  expect(
    files.map(({ path }) => path).filter((path) => !/^src(\/[a-z0-9]+(-[a-z0-9]+)*)+\.(ts|js)$/.test(path)),
  ).toEqual([]);
});

test("nothing is exported as default", () => {
  expect(finds(/^export (default\b|\{[^}]*\bas default\b)/)).toEqual([]);
});

test("the type any is not used", () => {
  const typed = files.filter(({ path }) => path.endsWith(".ts"));
  const uses = typed.flatMap(({ path, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(\\.|[^"\\\n])*"|`(\\.|[^`\\])*`/g, "");
    return /(?:[:<|&,=]|\bas)\s*any\b(?!\s*[,:(}])/.test(code) ? [path] : [];
  });
  expect(uses).toEqual([]);
});

test("enums, namespaces and unexplained type escapes are not used", () => {
  expect(finds(/^\s*(export\s+)?(const\s+)?(enum|namespace|module)\s+\w+\s*\{/)).toEqual([]);
  expect(finds(/@ts-(ignore|nocheck)/)).toEqual([]);
});

test("the sources name no package registry and no path of a machine", () => {
  expect(finds(/registry\.(npmjs|yarnpkg)|["'`(\s]\/(home|Users|root|work|mnt)\//)).toEqual([]);
});

describe("what package.json exports", () => {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    exports: Record<string, string | { types: string; node: string; default: string }>;
  };
  const sourceOf = (built: string) => built.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
  const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === "string" ? [] : [[name, sourceOf(target.types)] as const],
  );

  test("is more than one entry", () => {
    expect(entries.length).toBeGreaterThan(5);
  });

  test.each(entries)("%s is built from %s", (_name, source) => {
    expect(existsSync(root + source)).toBe(true);
  });

  test("has the same names in tsconfig.json, so that documentation and tests read the sources", () => {
    const paths: Record<string, string[]> = tsconfig.compilerOptions.paths;
    for (const [name, source] of entries) expect(paths[name.replace(/^\./, "fovea")]).toEqual([`./${source}`]);
  });
});
