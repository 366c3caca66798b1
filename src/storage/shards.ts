/** Weights in several files, with a `.weights.json` that says which group is in which. K: `saving/saving_lib.py` (ShardedH5IOStore). */
import { ArgumentError, FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { ByteSource } from "../io/byte-source.ts";
import { type HdfGroup, openHdf5 } from "../io/hdf5/group.ts";
import { hdf5Pieces, newGroup } from "../io/hdf5/writer.ts";
import { openFileOf, type Place } from "../io/place.ts";
import { type FileToWrite, writeTogether } from "../io/stores/file-store.ts";
import { isJsonObject, type Json } from "./json.ts";
import { arraysOf, type Saveable } from "./saveable.ts";
import { bytesOfArray } from "./weight-arrays.ts";
import { addSaveable } from "./weights-h5.ts";

type RootOf = (saveable: Saveable) => Promise<HdfGroup>;

const varsPath = ({ path }: Saveable) => `/${path === "" ? "" : `${path}/`}vars`;

/** The name of a file beside the list. @throws FormatError for anything else */
export function shardName({ title }: Place, name: unknown): string {
  if (typeof name === "string" && !/[/\\]/.test(name) && name.endsWith(".h5")) return name;
  throw new FormatError(`${title} names ${formatValue(name)}, which is no .h5 file beside it.`);
}

/** Lets `read` find the file of each group; all files that it opened are closed. */
export async function withShards<T>(place: Place, map: Json, read: (rootOf: RootOf) => Promise<T>): Promise<T> {
  const { weight_map: files } = map;
  if (!isJsonObject(files))
    throw new FormatError(`${place.title} has no "weight_map", which says where its weights are.`);
  const sources: ByteSource[] = [];
  const roots = new Map<string, Promise<HdfGroup>>();
  const open = async (name: string) => {
    const source = await openFileOf(place, shardName(place, name));
    sources.push(source);
    return openHdf5(source);
  };
  const rootOf: RootOf = (saveable) => {
    const listed = files[varsPath(saveable)];
    const name: unknown = Array.isArray(listed) ? listed[0] : (listed ?? Object.values(files).flat()[0]);
    if (typeof name !== "string") throw new FormatError(`${place.title} names no file for ${saveable.title}.`);
    const known = roots.get(name) ?? open(name);
    roots.set(name, known);
    return known;
  };
  try {
    return await read(rootOf);
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** Writes the files, the list last. */
export async function writeShards(
  { store, name }: Place,
  saveables: readonly Saveable[],
  maxShardSize: number,
): Promise<void> {
  if (!(maxShardSize > 0))
    throw new ArgumentError(`saveWeights: maxShardSize is ${maxShardSize}, expected a number of bytes above 0.`);
  const shards = cut(saveables, maxShardSize);
  const bare = name!.replace(/\.weights\.json$/, "");
  const fileOf = (i: number) => `${bare}_${String(i).padStart(5, "0")}.weights.h5`;
  const map: Record<string, string[]> = {};
  const files = shards.map((shard, i): FileToWrite => {
    const root = newGroup();
    for (const saveable of shard) {
      addSaveable(root, saveable);
      map[varsPath(saveable)] = [fileOf(i)];
      if (saveable.inner !== undefined) map[varsPath(saveable.inner)] = [fileOf(i)];
    }
    return { name: fileOf(i), pieces: hdf5Pieces(root) };
  });
  const total = saveables.reduce((sum, saveable) => sum + bytesOf(saveable), 0);
  const text = JSON.stringify({ metadata: { total_size: total }, weight_map: map }, null, 4);
  await writeTogether(store, [...files, { name: name!, pieces: [new TextEncoder().encode(text)] }]);
}

const bytesOf = (saveable: Saveable) => arraysOf(saveable).reduce((sum, array) => sum + bytesOfArray(array), 0);

/** Groups in their order, as many in each file as it takes; one that is too large for any file has its own. */
function cut(saveables: readonly Saveable[], most: number): Saveable[][] {
  const shards: Saveable[][] = [[]];
  let used = 0;
  for (const saveable of saveables.filter(({ variables }) => variables.length > 0)) {
    const bytes = bytesOf(saveable);
    if (used + bytes > most && shards.at(-1)!.length > 0) {
      shards.push([]);
      used = 0;
    }
    shards.at(-1)!.push(saveable);
    used += bytes;
  }
  return shards;
}
