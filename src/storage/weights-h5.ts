/** The groups of Keras 3 in an HDF5 file, as `.weights.h5` and as the file in a .keras archive. */
import { FormatError } from "../base/errors.ts";
import type { HdfDataset } from "../io/hdf5/dataset.ts";
import type { HdfGroup } from "../io/hdf5/group.ts";
import { type GroupToWrite, groupAt, newGroup } from "../io/hdf5/writer.ts";
import { isFloat16 } from "../io/numbers.ts";
import { Float16Form } from "../nn/compact-form.ts";
import type { Variable } from "../nn/variable.ts";
import type { AnyModel } from "../train/model.ts";
import type { LoadWeightsOptions } from "../train/storable.ts";
import type { Loading } from "./loading.ts";
import { arraysOf, type Saveable, saveablesOf } from "./saveable.ts";
import { IDF } from "./vocabularies.ts";

const varsOf = (path: string) => (path === "" ? "vars" : `${path}/vars`);

/** The tree of a model's numbers. */
export function weightsTree(saveables: readonly Saveable[]): GroupToWrite {
  const root = newGroup();
  for (const saveable of saveables) addSaveable(root, saveable);
  return root;
}

/** Adds a layer's or an optimizer's group. */
export function addSaveable(root: GroupToWrite, saveable: Saveable): void {
  const { path, name, inner, values = new Map() } = saveable;
  const vars = groupAt(root, varsOf(path));
  vars.attributes.set("name", name);
  for (const [i, array] of arraysOf(saveable).entries())
    vars.arrays.set(String(i), { shape: array.shape, values: array.values() });
  for (const [key, numbers] of values) vars.arrays.set(key, { shape: [numbers.length], values: numbers });
  if (inner !== undefined) addSaveable(root, inner);
}

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

interface MatchOptions extends LoadWeightsOptions {
  readonly withOptimizer: boolean;
  /** Whether weights that the file holds as float16 stay so. Default false. */
  readonly keepsHalves?: boolean;
}

/** Matches the model's variables with the arrays of a file. `rootOf` gives the file in which a layer's are. */
export async function matchWeights(
  model: AnyModel,
  rootOf: (saveable: Saveable) => Promise<HdfGroup>,
  loading: Loading,
  { byName = false, withOptimizer, keepsHalves = false }: MatchOptions,
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
    if (keepsHalves && path !== "optimizer") keepHalves(variables, datasets);
    const arrays = arraysOf(saveable);
    if (path === "optimizer") loading.matchOptimizer(title, arrays, datasets);
    else loading.match(title, arrays, datasets);
  }
}

/** Lets weights of two or more axes that a file holds as float16 be float16. */
function keepHalves(variables: readonly Variable[], datasets: readonly HdfDataset[]): void {
  for (const [i, variable] of variables.entries())
    if (variable.form === undefined && variable.shape.length > 1 && isFloat16(datasets[i]?.datatype))
      variable.keepAs(new Float16Form(variable));
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
  for (const saveable of saveables) {
    const { path, name, title, variables } = saveable;
    if (variables.length === 0 || path === "optimizer") continue;
    const vars = groups.get(name);
    if (vars === undefined) loading.skip(`${title}: the file has no layer of this name`);
    else loading.match(title, arraysOf(saveable), await numbered(vars));
  }
}
