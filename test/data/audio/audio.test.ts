/** Sounds: what Python wrote and Keras read of it, and what is damaged. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "fovea";
import { audioDatasetFromDirectory, loadWav } from "fovea/utils";
import { expect, test } from "vitest";
import { parseWav } from "../../../src/data/audio/wav.ts";
import golden from "../../golden/data-files.json" with { type: "json" };
import { fc } from "../../properties.ts";
import { temporaryFolder } from "../idx-files.ts";

const decoded = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

test.each(golden.sounds.files)("PCM of $bits bits", async ({ file, values }) => {
  const { samples, sampleRate } = await loadWav(decoded(file));
  expect([samples.shape, sampleRate]).toEqual([[3, 2], 8000]);
  expect(Array.from(samples.data)).toEqual(values.map(Math.fround));
});

/** A WAV file of parts [id, bytes]. */
function wavOf(...parts: readonly (readonly [string, readonly number[]])[]): Uint8Array {
  const body = parts.flatMap(([id, bytes]) => {
    const size = new Uint8Array(Uint32Array.of(bytes.length).buffer);
    return [...Buffer.from(id), ...size, ...bytes, ...(bytes.length % 2 === 1 ? [0] : [])];
  });
  return new Uint8Array([...Buffer.from("RIFF"), 0, 0, 0, 0, ...Buffer.from("WAVE"), ...body]);
}
const format = (kind: number, channels: number, bits: number, extra: readonly number[] = []) =>
  ["fmt ", [...new Uint8Array(Uint16Array.of(kind, channels, 8000, 0, 0, 0, 0, bits).buffer), ...extra]] as const;
const floats = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)];

test("floats, other parts of odd sizes, and the longer header are read", () => {
  const simple = wavOf(["LIST", [1, 2, 3]], format(3, 1, 32), ["data", floats(0.5, -2)], ["end ", [1]]);
  expect(Array.from(parseWav(simple, "a.wav").samples.data)).toEqual([0.5, -2]);
  const longer = wavOf(format(0xfffe, 2, 16, [22, 0, 16, 0, 3, 0, 0, 0, 1, 0, 0, 0]), ["data", [0, 128, 0, 64]]);
  expect(parseWav(longer, "a.wav").samples.toArray()).toEqual([[-1, 0.5]]);
  const doubles = [...new Uint8Array(Float64Array.of(0.25).buffer)];
  expect(parseWav(wavOf(format(3, 1, 64), ["data", doubles]), "a.wav").samples.toArray()).toEqual([[0.25]]);
});

test.each<[string, Uint8Array, string]>([
  ["text", new TextEncoder().encode("hello, world"), "is no WAV file"],
  ["a packed format", wavOf(format(2, 1, 4), ["data", [1, 2]]), "holds sound of format 2 with 4 bits"],
  ["half a sample", wavOf(format(1, 2, 16), ["data", [1, 2]]), "2 bytes are no whole samples of 2 channels of 16 bits"],
  ["no channels", wavOf(format(1, 0, 16), ["data", [1, 2]]), "no whole samples of 0 channels"],
  ["no format", wavOf(["data", [1, 2]]), 'its part "fmt " is missing'],
  ["no data", wavOf(format(1, 1, 16)), 'it has no part "data"'],
  ["a short format", wavOf(["fmt ", [1, 0]], ["data", [1, 2]]), "The format of a.wav is damaged"],
  [
    "data cut off",
    wavOf(format(1, 1, 16), ["data", [1, 2, 3, 4]]).subarray(0, -2),
    'its part "data" ends at byte 48, and it has 46',
  ],
])("refuses %s", (_, bytes, message) => {
  expect(() => parseWav(bytes, "a.wav")).toThrow(FormatError);
  expect(() => parseWav(bytes, "a.wav")).toThrow(message);
});

test("changed bytes give a sound or an error of the library", () => {
  const files = golden.sounds.files.map(({ file }) => decoded(file));
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(60), fc.nat(255), fc.nat(70), (file, at, byte, length) => {
      const changed = file.slice(0, Math.max(length, 10));
      changed[at % changed.length] = byte;
      try {
        parseWav(changed, "a.wav");
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 500 },
  );
});

test.each(golden.sounds.batches)(
  "a folder's batch is Keras's: outputSequenceLength $length",
  async ({ length, shape, values }) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "a"));
    for (const [name, file] of Object.entries(golden.sounds.folder))
      await writeFile(join(folder, "a", name), decoded(file));
    const data = await audioDatasetFromDirectory(folder, {
      labels: null,
      shuffle: false,
      ...(length === null ? {} : { outputSequenceLength: length }),
    });
    expect(data.length).toBe(1);
    for await (const batch of data) {
      expect(batch.shape).toEqual(shape);
      expect(Array.from(batch.data)).toEqual(values);
    }
    const labelled = await audioDatasetFromDirectory(folder, { batchSize: 1, seed: 1, labelMode: "categorical" });
    expect([labelled.classNames, labelled.length]).toEqual([["a"], 2]);
    for await (const [, y] of labelled) expect(y.toArray()).toEqual([[1]]);
  },
);

test("damaged sounds, other channels and options are told", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "a"));
  await writeFile(join(folder, "a", "0.wav"), wavOf(format(1, 1, 16), ["data", [0, 1]]));
  await writeFile(join(folder, "a", "1.wav"), wavOf(format(1, 2, 16), ["data", [0, 1, 2, 3]]));
  const pass = async (options: object) => {
    for await (const _ of await audioDatasetFromDirectory(folder, { shuffle: false, ...options }));
  };
  await expect(pass({})).rejects.toThrow("all need the same number of channels");
  await writeFile(join(folder, "a", "1.wav"), "RIFF");
  await expect(pass({})).rejects.toThrow("a/1.wav is no WAV file");
  await pass({ onCorrupt: "skip" });
  await expect(pass({ outputSequenceLength: 0 })).rejects.toThrow("outputSequenceLength is 0");
  await expect(pass({ samplingRate: 8000 })).rejects.toThrow('unknown option "samplingRate"');
});
