/** Installs the packed package as a user does. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Packs what stands in dist/ and installs it in an empty folder, without a network; the path of the packed package. */
export function installPacked(folder: string): string {
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync("npm", args, { cwd, env: { ...process.env, CI: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  npm(["pack", "--ignore-scripts", "--pack-destination", folder], root);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  // The dependencies come from this checkout: npm's own cache need not have them.
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };
  const folders = Object.keys(dependencies).map((name) => join(root, "node_modules", name));
  npm(["install", "--offline", "--ignore-scripts", "--omit=dev", tarball, ...folders], folder);
  return tarball;
}
