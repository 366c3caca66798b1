/** Numbers as people read them. */

/** "203,434": a whole number, its thousands apart. The browser's own `toLocaleString` takes 0.1 s when it is first called. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Three significant digits, never in exponents: "0.0123", "3.14", "1,875". A minus sign has the width of a digit. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "no number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size >= 1000 || Number.isInteger(value)
      ? grouped(Math.round(size))
      : size.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size)))));
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** "3 ms", "1.2 s", "4 min". */
export function duration(ms: number): string {
  if (ms < 9.5) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 99_500) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** "1 step", "1,875 steps". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}

/** "814 KB": bytes as people read them, with 1 KB of 1000 bytes. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
