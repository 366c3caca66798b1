/** Sounds from files, and folders of them as datasets. Keras `utils/audio_dataset_utils.py`. */
import { FormatError } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import { formatShape } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";
import type { LoadPlace } from "../../io/place.ts";
import { type DirectoryDataset, directoryDataset } from "../folders/directory-dataset.ts";
import { type DirectoryOptions, directoryOptionNames } from "../folders/directory-options.ts";
import type { FolderPlace } from "../folders/folder.ts";
import { readFile } from "../formats/open-file.ts";
import { checkWhole } from "../source.ts";
import { parseWav, type Sound } from "./wav.ts";

/** Options of `audioDatasetFromDirectory`. */
export interface AudioDirectoryOptions extends DirectoryOptions {
  /** Samples that all sounds get: longer ones are cut, shorter ones end in silence. Default: the longest of each batch. */
  readonly outputSequenceLength?: number;
}

/**
 * Loads a WAV file: PCM of 8, 16, 24 or 32 bits, or floats.
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @returns samples float32 [samples, channels], PCM in -1 … 1, and the samples a second
 * @throws InputOutputError when there is no such file; FormatError when it is no WAV file, is cut off or of another format
 * @example
 * ```ts
 * import { loadWav } from "fovea/utils";
 * const seconds = async (path: string) => {
 *   const { samples, sampleRate } = await loadWav(path);
 *   return samples.shape[0]! / sampleRate;
 * };
 * ```
 */
export async function loadWav(where: LoadPlace): Promise<Sound> {
  const { name, bytes } = await readFile("loadWav", where);
  return parseWav(bytes, name);
}

/** The first `length` samples, followed by silence where there are fewer. */
function fitted(sound: Tensor, length: number): Tensor {
  const [samples, channels] = sound.shape as [number, number];
  if (samples >= length) return sound.slice(0, length);
  const padded = new Float32Array(length * channels);
  padded.set(sound.data);
  return new Tensor(padded, [length, channels]);
}

function stackSounds(sounds: readonly Tensor[]): Tensor {
  const length = sounds.reduce((most, { shape }) => Math.max(most, shape[0]!), 0);
  const channels = sounds[0]!.shape[1]!;
  const stacked = new Float32Array(sounds.length * length * channels);
  for (const [row, sound] of sounds.entries()) {
    if (sound.shape[1] !== channels)
      throw new FormatError(
        `A batch has sounds of shape ${formatShape(sounds[0]!.shape)} and ${formatShape(sound.shape)}; all need the same number of channels.`,
      );
    stacked.set(sound.data, row * length * channels);
  }
  return new Tensor(stacked, [sounds.length, length, channels]);
}

/**
 * Sounds of a folder, a folder for each class in it, as batches to train on: Keras's `audio_dataset_from_directory`. Files are
 * .wav; they are found, sorted, shuffled by the seed and split as in Keras. Sounds are not resampled.
 *
 * @param directory the path of a folder in Node; a directory handle (`showDirectoryPicker()`) in a browser
 * @returns a `Dataset` of float32 sounds [batch, samples, channels], PCM in -1 … 1, with labels unless there are none, as
 *   `imageDatasetFromDirectory` gives them
 * @throws ArgumentError when an option has a value that it cannot take; InputOutputError when the folder cannot be read or
 *   holds no sounds. While sounds are read, a DatasetError names a file that is damaged, unless `onCorrupt` leaves it out
 * @example
 * ```ts
 * import { audioDatasetFromDirectory } from "fovea/utils";
 * const load = () => audioDatasetFromDirectory("speech_commands", { outputSequenceLength: 16_000, batchSize: 64, seed: 1 });
 * ```
 */
export async function audioDatasetFromDirectory<const O extends AudioDirectoryOptions = AudioDirectoryOptions>(
  directory: FolderPlace,
  options?: O,
): Promise<DirectoryDataset<O>>;
export async function audioDatasetFromDirectory(
  directory: FolderPlace,
  options: AudioDirectoryOptions = {},
): Promise<unknown> {
  const who = "audioDatasetFromDirectory";
  checkKeys(who, options, [...directoryOptionNames, "outputSequenceLength"]);
  const { outputSequenceLength: length } = options;
  if (length !== undefined) checkWhole(who, "outputSequenceLength", length, 1);
  return directoryDataset(who, directory, options, {
    formats: [".wav"],
    async read(files) {
      const sounds = await Promise.all(
        files.map((file) =>
          file.decode((bytes, name) => {
            const { samples } = parseWav(bytes, name);
            return length === undefined ? samples : fitted(samples, length);
          }),
        ),
      );
      const whole = sounds.filter((sound) => sound !== undefined);
      if (whole.length === 0) return undefined;
      return { tensor: stackSounds(whole), kept: sounds.map((sound) => sound !== undefined) };
    },
  });
}
