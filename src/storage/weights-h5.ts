/** The groups of Keras 3 in an HDF5 file, as `.weights.h5` and as the file in a .keras archive. */
import { FormatError } from "../base/errors.ts";
import type { HdfDataset } from "../io/hdf5/dataset.ts";
import type { HdfGroup } from "../io/hdf5/group.ts";
import { type GroupToWrite, groupAt, newGroup } from "../io/hdf5/writer.ts";
import type { Variable } from "../nn/variable.ts";
import type { AnyModel } from "../train/model.ts";
import type { LoadWeightsOptions } from "../train/storable.ts";
import type { Loading } from "./loading.ts";
import { type Saveable, saveablesOf } from "./saveable.ts";
import { IDF } from "./vocabularies.ts";

const varsOf = (path: string) => (path === "" ? "vars" : `${path}/vars`);

/** The tree of a model's numbers. */
export function weightsTree(saveables: readonly Saveable[]): GroupToWrite {
  const root = newGroup();
  for (const saveable of saveables) addSaveable(root, saveable);
  return root;
}

/** Adds a layer's or an optimizer's group. */
export function addSaveable(root: GroupToWrite, { path, name, variables, inner, values = new Map() }: Saveable): void {
  const vars = groupAt(root, varsOf(path));
  vars.attributes.set("name", name);
  for (const [i, variable] of variables.entries()) vars.arrays.set(String(i), arrayOf(variable));
  for (const [key, numbers] of values) vars.arrays.set(key, { shape: [numbers.length], values: numbers });
  if (inner !== undefined) addSaveable(root, inner);
}

/** Keras counts steps in whole numbers. */
export const arrayOf = ({ name, shape, value }: Variable) => ({
  shape,
  values: name === "iteration" ? Int32Array.from(value) : value,
});

/** The group of a layer's own weights, at Keras 3's path or at that of Keras 2.12 and 2.13; undefined where there is none. */
async function findVars(root: HdfGroup, path: string): Promise<HdfGroup | undefined> {
  const older = varsOf(path).replace(/(^|\/)layers(?=\/)/g, "$1_layer_checkpoint_dependencies");
  return (await root.group(varsOf(path))) ?? (await root.group(older));
}

/** The numbered arrays of a group, by number: HDF5 lists "10" before "2". */
async function numbered(group: HdfGroup): Promise<HdfDataset[]> {
  const datasets: HdfDataset[] = [];
  for (let i = 0; ; i++) {
    const dataset = await group.dataset(String(i));
    if (dataset === undefined) break;
    datasets.push(dataset);
  }
  if (datasets.length === group.names.filter((name) => name !== IDF).length) return datasets;
  throw new FormatError(
    `${group.fileName}: "${group.path}" holds ${group.names.map((name) => `"${name}"`).join(", ")}; expected arrays "0", "1", … without a gap.`,
  );
}

/** Matches the model's variables with the arrays of a file. `rootOf` gives the file in which a layer's are. */
export async function matchWeights(
  model: AnyModel,
  rootOf: (saveable: Saveable) => Promise<HdfGroup>,
  loading: Loading,
  { byName = false, withOptimizer }: LoadWeightsOptions & { readonly withOptimizer: boolean },
): Promise<void> {
  const saveables = saveablesOf(model, withOptimizer);
  if (byName) {
    await matchByName(saveables, await rootOf(saveables[0]!), loading);
    return;
  }
  for (const saveable of saveables) {
    const { path, title, variables } = saveable;
    const vars = await findVars(await rootOf(saveable), path);
    if (path === "optimizer" && vars === undefined) {
      loading.skip(`${title}: the file has no state of an optimizer`);
      continue;
    }
    if (vars === undefined && variables.length === 0) continue;
    const datasets = vars === undefined ? [] : await numbered(vars);
    if (path === "optimizer") loading.matchOptimizer(title, variables, datasets);
    else loading.match(title, variables, datasets);
  }
}

/** Layers that have the names that stand beside the groups, wherever they are. */
async function matchByName(saveables: readonly Saveable[], root: HdfGroup, loading: Loading): Promise<void> {
  const groups = new Map<string, HdfGroup>();
  const collect = async (group: HdfGroup): Promise<void> => {
    for (const name of group.names) {
      const member = await group.group(name);
      if (member === undefined) continue;
      const title = name === "vars" ? (await member.attributes()).get("name") : undefined;
      if (typeof title === "string") groups.set(title, member);
      else await collect(member);
    }
  };
  await collect(root);
  for (const { path, name, title, variables } of saveables) {
    if (variables.length === 0 || path === "optimizer") continue;
    const vars = groups.get(name);
    if (vars === undefined) loading.skip(`${title}: the file has no layer of this name`);
    else loading.match(title, variables, await numbered(vars));
  }
}
