/** Public tests import the package by its own name; in the fast run that name is the source. The end-to-end test uses the packed package. */
import { fileURLToPath } from "node:url";

const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

const nouns = "layers|optimizers|schedules|losses|metrics|initializers|regularizers|constraints";

export const sourceAliases = [
  { find: /^fovea$/, replacement: source("index.ts") },
  { find: new RegExp(`^fovea/(${nouns})$`), replacement: source("nn/$1/index.ts") },
  { find: /^fovea\/ops$/, replacement: source("nn/operations/index.ts") },
  { find: /^fovea\/options$/, replacement: source("nn/option-kinds.ts") },
  { find: /^fovea\/callbacks$/, replacement: source("train/callbacks/index.ts") },
  { find: /^fovea\/datasets$/, replacement: source("data/index.ts") },
  { find: /^fovea\/utils$/, replacement: source("train/utils.ts") },
  { find: /^fovea\/browser$/, replacement: source("browser.ts") },
  { find: /^fovea\/applications$/, replacement: source("applications/index.ts") },
  { find: /^fovea\/code$/, replacement: source("storage/code/index.ts") },
  { find: /^fovea\/insight$/, replacement: source("insight/index.ts") },
  { find: /^fovea\/distribution$/, replacement: source("distribution/index.ts") },
  { find: /^fovea\/plot$/, replacement: source("view/plot/index.ts") },
];
