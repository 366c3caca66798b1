/** HDF5 files as a tree of groups and datasets. */
import { FormatError } from "../../base/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import { type AttributeValue, readAttributes } from "./attribute.ts";
import { HdfDataset } from "./dataset.ts";
import type { HdfFile } from "./layout.ts";
import { readLinks } from "./links.ts";
import { type Message, readHeader } from "./object-header.ts";
import { readSuperblock } from "./superblock.ts";

/** The root group of an HDF5 file. The source stays open: its owner closes it. @throws FormatError for anything that is none */
export async function openHdf5(source: ByteSource): Promise<HdfGroup> {
  const { file, root } = await readSuperblock(source);
  const made = await openObject(file, root, "", []);
  if (made instanceof HdfGroup) return made;
  throw new FormatError(`${source.name} is damaged: its root is not a group.`);
}

/** @param above addresses of the groups that it is in; one of them again would be a tree without an end */
async function openObject(
  file: HdfFile,
  address: number,
  path: string,
  above: readonly number[],
): Promise<HdfGroup | HdfDataset> {
  const title = path === "" ? "The root group" : `"${path}"`;
  if (above.includes(address))
    throw new FormatError(`${title} in ${file.source.name} is damaged: it is one of the groups that it is in.`);
  const messages = await readHeader(file, address, title);
  const members = await readLinks(file, messages, title);
  if (members === undefined) return new HdfDataset(file, messages, title);
  return new HdfGroup(file, { path, title, messages, members, addresses: [...above, address] });
}

interface GroupParts {
  readonly path: string;
  readonly title: string;
  readonly messages: readonly Message[];
  readonly members: ReadonlyMap<string, number>;
  /** Of the group itself and those that it is in, from the root on. */
  readonly addresses: readonly number[];
}

export class HdfGroup {
  readonly #file: HdfFile;
  readonly #parts: GroupParts;
  /** Members that were opened: a path is asked for part by part, and again for each of its members. */
  readonly #opened = new Map<string, Promise<HdfGroup | HdfDataset>>();

  constructor(file: HdfFile, parts: GroupParts) {
    this.#file = file;
    this.#parts = parts;
  }

  /** Name of the file, for messages. */
  get fileName(): string {
    return this.#file.source.name;
  }

  /** From the root: "/layers/dense"; "" for the root. */
  get path(): string {
    return this.#parts.path;
  }

  /** Names of the members. */
  get names(): readonly string[] {
    return [...this.#parts.members.keys()];
  }

  attributes(): Promise<ReadonlyMap<string, AttributeValue>> {
    return readAttributes(this.#file, this.#parts.messages, this.#parts.title);
  }

  /** The object at a path below this group; undefined where there is none. */
  async #find(path: string): Promise<HdfGroup | HdfDataset | undefined> {
    let at: HdfGroup | HdfDataset | undefined = this;
    for (const name of path === "" ? [] : path.split("/")) {
      if (!(at instanceof HdfGroup)) return undefined;
      at = await at.#member(name);
    }
    return at;
  }

  #member(name: string): Promise<HdfGroup | HdfDataset> | undefined {
    const known = this.#opened.get(name);
    const address = this.#parts.members.get(name);
    if (known !== undefined || address === undefined) return known;
    const made = openObject(this.#file, address, `${this.path}/${name}`, this.#parts.addresses);
    this.#opened.set(name, made);
    return made;
  }

  /** The group at a path like "layers/dense/vars"; undefined where there is none. */
  async group(path: string): Promise<HdfGroup | undefined> {
    const found = await this.#find(path);
    return found instanceof HdfGroup ? found : undefined;
  }

  /** The dataset at a path; undefined where there is none. */
  async dataset(path: string): Promise<HdfDataset | undefined> {
    const found = await this.#find(path);
    return found instanceof HdfDataset ? found : undefined;
  }
}
