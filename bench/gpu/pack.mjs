// @ts-check
/**
 * Packs the GPU bench for a machine that has a GPU and its driver, and nothing else: no Node, no network. After `npm run build`:
 * `node bench/gpu/pack.mjs [FOLDER]`; there, `./run.sh [options of run.mjs]`. Linux on x64.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = process.argv[2] ?? join(root, ".gpu-pack");
const place = (/** @type {string[]} */ ...parts) => {
  const path = join(folder, ...parts);
  mkdirSync(dirname(path), { recursive: true });
  return path;
};

cpSync(join(root, "dist"), place("dist"), { recursive: true });
for (const file of ["run.mjs", "torch_cuda.py"]) copyFileSync(join(root, "bench/gpu", file), place("bench/gpu", file));
writeFileSync(place("package.json"), '{ "type": "module" }\n');

const webgpu = dirname(createRequire(import.meta.url).resolve("webgpu/package.json"));
for (const file of ["index.js", "package.json", "LICENSE.md"])
  copyFileSync(join(webgpu, file), place("node_modules/webgpu", file));
cpSync(join(webgpu, "dist/linux-x64"), place("node_modules/webgpu/dist/linux-x64"), { recursive: true });

copyFileSync(process.execPath, place("node"));
chmodSync(place("node"), 0o755);
const loader = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"]
  .map((library) => join(library, "libvulkan.so.1"))
  .find(existsSync);
if (loader === undefined) throw new Error("The Vulkan loader is missing: apt-get install libvulkan1.");
copyFileSync(realpathSync(loader), place("lib/libvulkan.so.1"));

const data = join(root, "../shared/data/mnist");
if (existsSync(data)) cpSync(data, place("mnist"), { recursive: true });

writeFileSync(
  place("run.sh"),
  `#!/bin/sh
# The GPU bench, with a Node, a Dawn and a Vulkan loader of its own. Results: results/gpu.json and gpu.md.
cd "$(dirname "$0")"
mkdir -p bench/results
LD_LIBRARY_PATH="$PWD/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ./node bench/gpu/run.mjs --data mnist "$@"
`,
);
chmodSync(place("run.sh"), 0o755);
const { stdout } = spawnSync("du", ["-sh", folder], { encoding: "utf8" });
process.stdout.write(`packed: ${stdout}`);
