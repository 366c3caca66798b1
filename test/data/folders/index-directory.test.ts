/** The files of folders: found, sorted and shuffled as Keras does. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { DirectoryOptions } from "../../../src/data/folders/directory-options.ts";
import { type Folder, folderOf } from "../../../src/data/folders/folder.ts";
import { compareText, indexDirectory, splitFiles } from "../../../src/data/folders/index-directory.ts";
import { limited } from "../../../src/data/folders/limited.ts";
import { NumpyRandom } from "../../../src/data/numpy-random.ts";
import golden from "../../golden/data-files.json" with { type: "json" };
import { temporaryFolder } from "../idx-files.ts";

const formats = [".bmp", ".gif", ".jpeg", ".jpg", ".png"];

test.each(golden.shuffles)("NumPy's shuffle of seed $seed", ({ seed, order }) => {
  const numbers = Array.from(order.keys());
  new NumpyRandom(seed).shuffle(numbers);
  expect(numbers).toEqual(order);
});

async function tree(names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), "");
  }
  return folder;
}

interface Case {
  readonly shuffle?: boolean;
  readonly seed?: number;
  readonly labels?: null;
  readonly class_names?: readonly string[];
  readonly validation_split?: number;
  readonly subset?: "training" | "validation";
}

test("files and their order are Keras's, on a disk and behind a browser's handle", async () => {
  const path = await tree(golden.orders.tree);
  for (const folder of [folderOf("test", path), folderOf("test", handleOf(folderOf("test", path), "") as never)])
    for (const { options, files, classes } of golden.orders.cases) {
      const { class_names: classNames, validation_split: fraction, subset, seed = 0, ...others } = options as Case;
      const asked: DirectoryOptions = { ...others, ...(classNames === undefined ? {} : { classNames }) };
      const found = await indexDirectory("test", folder, formats, asked, seed);
      expect(found.classNames).toEqual(classes ?? undefined);
      const part = fraction === undefined ? found.files : splitFiles("test", found.files, fraction)[subset!];
      expect(part.map((each) => each.path)).toEqual(files);
      for (const { path: each, label } of part)
        expect(label).toBe(classes === null ? -1 : classes.indexOf(each.split("/")[0]!));
    }
});

/** A folder of a disk as a browser's directory handle. */
function handleOf(folder: Folder, path: string): object {
  const within = (name: string) => (path === "" ? name : `${path}/${name}`);
  return {
    kind: "directory",
    name: "picked",
    getDirectoryHandle: async (name: string) => handleOf(folder, within(name)),
    getFileHandle: async (name: string) => ({
      getFile: async () => new Blob([(await folder.read(within(name))) as never]),
    }),
    async *entries() {
      for (const { name, isFolder } of await folder.list(path)) yield [name, { kind: isFolder ? "directory" : "file" }];
    },
  };
}

test("a handle's files are read", async () => {
  const path = await tree(["a/1.png"]);
  await writeFile(join(path, "a/1.png"), "abc");
  const folder = folderOf("test", handleOf(folderOf("test", path), "") as never);
  expect(Array.from(await folder.read("a/1.png"))).toEqual([97, 98, 99]);
});

test("links to folders are followed on request, and circles end", async () => {
  const path = await tree(["a/1.png", "other/2.png", "other/deep/3.png"]);
  await symlink(join(path, "other"), join(path, "a/link"));
  await symlink(join(path, "a"), join(path, "other/back"));
  await symlink(join(path, "other/2.png"), join(path, "a/file.png"));
  const found = async (followLinks: boolean) =>
    (
      await indexDirectory(
        "test",
        folderOf("test", path),
        formats,
        { classNames: ["a"], shuffle: false, followLinks },
        0,
      )
    ).files.map((file) => file.path);
  expect(await found(false)).toEqual(["a/1.png", "a/file.png"]);
  expect(await found(true)).toEqual(["a/1.png", "a/file.png", "a/link/2.png", "a/link/deep/3.png"]);
});

test("names are compared by code points, as in Python", () => {
  const names = ["\u{1f600}", "\uffee", "a", "B", "ab", ""];
  expect(names.sort(compareText)).toEqual(["", "B", "a", "ab", "\uffee", "\u{1f600}"]);
});

test("no more tasks run at a time than allowed, in their order", async () => {
  const slot = limited(3);
  let [running, most] = [0, 0];
  const started: number[] = [];
  const done = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      slot(async () => {
        started.push(i);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        running--;
        if (i === 4) throw new Error("four");
        return i;
      }),
    ),
  );
  expect([most, running]).toEqual([3, 0]);
  expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(done.filter(({ status }) => status === "rejected")).toHaveLength(1);
});
