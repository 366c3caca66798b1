// @ts-check
/** The package as Node loads it, built, with the types of its source: the bundles of dist/node have none beside them. */

/**
 * @typedef {{
 *   index: typeof import("../src/index.ts"),
 *   applications: typeof import("../src/applications/index.ts"),
 *   callbacks: typeof import("../src/train/callbacks/index.ts"),
 *   datasets: typeof import("../src/data/index.ts"),
 *   insight: typeof import("../src/insight/index.ts"),
 *   layers: typeof import("../src/nn/layers/index.ts"),
 *   ops: typeof import("../src/nn/operations/index.ts"),
 *   utils: typeof import("../src/data/utils.ts"),
 *   optimizers: typeof import("../src/nn/optimizers/index.ts"),
 * }} Entries
 */

/** An entry of the package. @template {keyof Entries} Name @param {Name} name @returns {Promise<Entries[Name]>} */
export const built = (name) => import(new URL(`../dist/node/${name}.js`, import.meta.url).href);
