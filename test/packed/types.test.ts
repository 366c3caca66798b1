/** The package's types compile in a user's program, without skipLibCheck; and what package checkers say of it. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const installed = join(root, "test/packed/node_modules");
const folder = inject("folder");

/** What a program of the installed packages says; empty if it found nothing. */
function complaints(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(installed, program), ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve(error === null ? "" : `${stdout}${stderr}${error.message}`),
    );
  });
}

beforeAll(() => {
  cpSync(join(root, "test/packed/consumer.ts"), join(folder, "consumer.ts"));
  cpSync(join(root, "test/types/api-programs.ts"), join(folder, "api-programs.ts"));
  for (const name of ["@types/node", "undici-types"]) {
    mkdirSync(join(folder, "types", name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "types", name));
  }
});

test("the program imports from every subpath", () => {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object };
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== "./package.json");
  const program = readFileSync(join(root, "test/packed/consumer.ts"), "utf8");
  for (const subpath of subpaths) expect(program).toContain(`from "fovea${subpath.slice(1)}"`);
});

const strict = ["--noEmit", "--strict", "--target", "ES2022"];
const nodeNext = ["--module", "NodeNext", "--moduleResolution", "NodeNext"];
const bundler = ["--module", "ESNext", "--moduleResolution", "Bundler"];
// Either gives AbortSignal, which is all that the types need of a host.
const page = ["--lib", "ES2022,DOM"];
const node = ["--lib", "ES2022", "--typeRoots", "types/@types", "--types", "node"];

describe.each(["5.4", "5.6", "5.9", "6"])("TypeScript %s", (version) => {
  test.concurrent.each([
    ["NodeNext, with the DOM's types", [...nodeNext, ...page], ["consumer.ts", "api-programs.ts"]],
    ["Bundler, with Node's types alone", [...bundler, ...node], ["consumer.ts"]],
  ])("%s", async (_name, options, programs) => {
    expect(await complaints(`typescript-${version}/lib/tsc.js`, [...strict, ...options, ...programs])).toBe("");
  });
});

test("publint finds nothing", async () => {
  expect(await complaints("publint/src/cli.js", [inject("tarball"), "--strict"])).toBe("");
});

test("arethetypeswrong finds nothing, but for what no ESM package can have", async () => {
  expect(await complaints("@arethetypeswrong/cli/dist/index.js", [inject("tarball"), "--profile", "esm-only"])).toBe(
    "",
  );
});
