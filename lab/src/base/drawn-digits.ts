/** Digits that the visitor drew and named: small enough for the address. */

export interface DrawnDigit {
  /** Grey levels 0 … 15 of 28 x 28 pixels. */
  readonly levels: Uint8Array;
  readonly label: number;
}

/** Each takes about 530 letters of the address. */
export const MOST_DRAWN = 8;
const PIXELS = 784;
const LEVELS = 15;

/** @param pixels grey levels 0 … 1 */
export const drawnDigit = (pixels: ArrayLike<number>, label: number): DrawnDigit => ({
  levels: Uint8Array.from({ length: PIXELS }, (_, i) => Math.round(LEVELS * Math.min(1, Math.max(0, pixels[i]!)))),
  label,
});

/** Grey levels 0 … 1. */
export const pixelsOf = ({ levels }: DrawnDigit): Float32Array => Float32Array.from(levels, (level) => level / LEVELS);

/** "7:" and two pixels a byte in base64url, digits separated by commas. */
export const printDrawn = (drawn: readonly DrawnDigit[]): string =>
  drawn.map(({ levels, label }) => `${label}:${toBase64Url(pack(levels))}`).join(",");

/** Undefined for a text that is no list of digits. */
export function parseDrawn(text: string): readonly DrawnDigit[] | undefined {
  const parts = text.split(",").slice(0, MOST_DRAWN);
  const digits = parts.map((part): DrawnDigit | undefined => {
    const found = /^(\d):([\w-]+)$/.exec(part);
    const packed = found === null ? undefined : fromBase64Url(found[2]!);
    if (found === null || packed?.length !== PIXELS / 2) return undefined;
    return { levels: unpack(packed), label: Number(found[1]) };
  });
  return digits.every((digit) => digit !== undefined) ? digits : undefined;
}

const pack = (levels: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: levels.length / 2 }, (_, i) => 16 * levels[2 * i]! + levels[2 * i + 1]!);
const unpack = (packed: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: 2 * packed.length }, (_, i) => (packed[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15);

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function fromBase64Url(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
