/** Public tests import the package by its own name; in the fast run that name is the source. The end-to-end test uses the packed package. */
import { fileURLToPath } from "node:url";

const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

export const sourceAliases = [
  { find: /^fovea$/, replacement: source("index.ts") },
  { find: /^fovea\/(layers|optimizers)$/, replacement: source("nn/$1/index.ts") },
  { find: /^fovea\/(losses|metrics|initializers)$/, replacement: source("nn/$1.ts") },
  { find: /^fovea\/callbacks$/, replacement: source("train/callbacks/index.ts") },
  { find: /^fovea\/datasets$/, replacement: source("data/index.ts") },
  { find: /^fovea\/insight$/, replacement: source("insight/index.ts") },
];
