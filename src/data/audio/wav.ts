/** WAV files (RIFF): PCM of 8, 16, 24 and 32 bits, and floats. Microsoft, "Multimedia programming interface" (1991). */
import { FormatError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import { Cursor, startsWith } from "../../io/cursor.ts";

/** A sound. */
export interface Sound {
  /** float32 [samples, channels], PCM in -1 … 1. */
  readonly samples: Tensor;
  /** Samples a second. */
  readonly sampleRate: number;
}

const PCM = 1;
const FLOAT = 3;
/** The format's number is in a longer header. */
const EXTENSIBLE = 0xfffe;

interface Format {
  readonly kind: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
}

function readFormat(bytes: Uint8Array, name: string): Format {
  const cursor = new Cursor(bytes, `The format of ${name}`);
  const [kind, channels, sampleRate] = [cursor.u16(), cursor.u16(), cursor.u32()];
  cursor.skip(6);
  const bits = cursor.u16();
  if (kind !== EXTENSIBLE) return { kind, channels, sampleRate, bits };
  cursor.skip(8);
  return { kind: cursor.u16(), channels, sampleRate, bits };
}

/** How a sample of so many bytes is read; undefined for formats that are not known. PCM is divided by its range, as TensorFlow does. */
function sampleReader({ kind, bits }: Format, view: DataView): ((at: number) => number) | undefined {
  if (kind === FLOAT && bits === 32) return (at) => view.getFloat32(at, true);
  if (kind === FLOAT && bits === 64) return (at) => view.getFloat64(at, true);
  if (kind !== PCM) return undefined;
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    case 32:
      return (at) => view.getInt32(at, true) / 2 ** 31;
    default:
      return undefined;
  }
}

/** @param name how messages call the file @throws FormatError for what is no WAV file, is cut off or packed */
export function parseWav(bytes: Uint8Array, name: string): Sound {
  if (bytes.length < 12 || !startsWith(bytes, "RIFF") || !startsWith(bytes.subarray(8), "WAVE"))
    throw new FormatError(`${name} is no WAV file: it does not begin with RIFF and WAVE.`);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = new DataView(bytes.buffer, bytes.byteOffset + at + 4, 4).getUint32(0, true);
    const start = at + 8;
    if (start + size > bytes.length)
      throw new FormatError(
        `${name} is cut off: its part ${JSON.stringify(id)} ends at byte ${start + size}, and it has ${bytes.length}.`,
      );
    const part = bytes.subarray(start, start + size);
    if (id === "fmt ") format = readFormat(part, name);
    if (id === "data") return soundOf(part, format, name);
    // Parts are padded to even sizes.
    at = start + size + (size % 2);
  }
  throw new FormatError(`${name} is damaged: it has no part "data".`);
}

function soundOf(data: Uint8Array, format: Format | undefined, name: string): Sound {
  if (format === undefined) throw new FormatError(`${name} is damaged: its part "fmt " is missing before the data.`);
  const { kind, bits, channels, sampleRate } = format;
  const read = sampleReader(format, new DataView(data.buffer, data.byteOffset, data.length));
  if (read === undefined)
    throw new FormatError(
      `${name} holds sound of format ${kind} with ${bits} bits; PCM of 8, 16, 24 and 32 bits and floats are read. Convert it to 16-bit PCM.`,
    );
  const width = bits / 8;
  if (channels === 0 || sampleRate === 0 || data.length % (width * channels) !== 0)
    throw new FormatError(
      `${name} is damaged: ${data.length} bytes are no whole samples of ${channels} channels of ${bits} bits at ${sampleRate} Hz.`,
    );
  const values = Float32Array.from({ length: data.length / width }, (_, i) => read(i * width));
  return { samples: new Tensor(values, [values.length / channels, channels]), sampleRate };
}
