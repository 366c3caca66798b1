/** Files with a JSON value in each line, as datasets. */
import { FormatError } from "../../base/errors.ts";
import type { LoadPlace } from "../../io/place.ts";
import { Dataset } from "../dataset.ts";
import { openFile } from "./open-file.ts";
import { MOST_LENGTH, textOf } from "./text.ts";

/**
 * The values of a file of JSON lines (.jsonl, .ndjson), read as they are asked for: the file may be larger than the memory. It
 * is UTF-8, plain or as .gz; empty lines are left out.
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @returns a dataset of what the lines hold; `map` makes [x, y] of it, `batch` batches
 * @throws while lines are read: DatasetError with a FormatError as its cause, which names the line
 * @see https://jsonlines.org
 * @example
 * ```ts
 * import { jsonLinesDataset } from "fovea/datasets";
 * const file = new Blob(['{"pixels": [0, 1], "digit": 1}\n{"pixels": [1, 0], "digit": 0}\n']);
 * const rows = jsonLinesDataset<{ pixels: number[]; digit: number }>(file).map(({ pixels, digit }) => [pixels, digit]);
 * for await (const [x, y] of rows.batch(2)) console.log(x.shape, y.toArray()); // [2, 2], [1, 0]
 * ```
 */
export function jsonLinesDataset<T = unknown>(where: LoadPlace): Dataset<T> {
  return Dataset.from(() => valuesOf<T>(where));
}

async function* valuesOf<T>(where: LoadPlace): AsyncGenerator<T, void, undefined> {
  const source = await openFile("jsonLinesDataset", where);
  try {
    let line = 0;
    let rest = "";
    const parse = (text: string): T => {
      try {
        return JSON.parse(text) as T;
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new FormatError(`${source.name}, line ${line}: it is no JSON: ${why}.`, { cause });
      }
    };
    for await (const piece of textOf(source)) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop()!;
      for (const text of lines) {
        line++;
        if (text.trim() !== "") yield parse(text);
      }
      if (rest.length > MOST_LENGTH)
        throw new FormatError(`${source.name}, line ${line + 1}: it has more than ${MOST_LENGTH} characters.`);
    }
    line++;
    if (rest.trim() !== "") yield parse(rest);
  } finally {
    await source.close();
  }
}
