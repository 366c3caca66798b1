/** Small IDX files, data sets made of them and folders to keep them in, for the tests of this folder. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { IdxDatasetSpec, IdxFile } from "../../src/data/idx-dataset.ts";

/** An IDX file: magic 00 00 type rank, big-endian axes, values. */
export function idxFile(shape: readonly number[], values: readonly number[], type = 8): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((axis, i) => {
    view.setUint32(4 + 4 * i, axis);
  });
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}

export function fileOf(file: string, bytes: Uint8Array): IdxFile {
  return { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

const part = (prefix: string, rows: number) => ({
  images: {
    file: `${prefix}-images`,
    bytes: idxFile(
      [rows, 3, 2],
      Array.from({ length: rows * 6 }, (_, i) => (i * 37) % 256),
    ),
  },
  labels: {
    file: `${prefix}-labels`,
    bytes: idxFile(
      [rows],
      Array.from({ length: rows }, (_, i) => (i * 7) % 3),
    ),
  },
});

/** A data set of 5 and 2 images of 3x2, three classes: its spec and the bytes of its files. */
export function tinyDataset(mirrors: readonly string[] = []) {
  const [train, test] = [part("train", 5), part("test", 2)];
  const all = [train.labels, train.images, test.labels, test.images];
  const spec: IdxDatasetSpec = {
    name: "tiny",
    classNames: ["a", "b", "c"],
    mirrors,
    train: {
      images: fileOf(train.images.file, train.images.bytes),
      labels: fileOf(train.labels.file, train.labels.bytes),
    },
    test: { images: fileOf(test.images.file, test.images.bytes), labels: fileOf(test.labels.file, test.labels.bytes) },
  };
  return { spec, files: new Map(all.map(({ file, bytes }) => [file, bytes])) };
}

/** A new folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fovea-data-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
