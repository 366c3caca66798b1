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
 *   plot: typeof import("../src/view/plot/index.ts"),
 *   utils: typeof import("../src/train/utils.ts"),
 *   distribution: typeof import("../src/distribution/index.ts"),
 *   optimizers: typeof import("../src/nn/optimizers/index.ts"),
 *   schedules: typeof import("../src/nn/schedules/index.ts"),
 * }} Entries
 */

/** An entry of the package. @template {keyof Entries} Name @param {Name} name @returns {Promise<Entries[Name]>} */
export const built = (name) => import(new URL(`../dist/node/${name}.js`, import.meta.url).href);
