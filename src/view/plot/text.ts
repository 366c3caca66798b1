/** The room that text takes. Fonts differ from host to host, so it is an estimate, on the wide side. */

/** Widths of a humanist sans, in hundredths of the size. */
function unitsOf(character: string): number {
  if (/[\u1100-\u115f\u2e80-\uffdc\u{1f300}-\u{3fffd}]/u.test(character)) return 102;
  if (/[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u.test(character)) return 0;
  if (/[il.,:;|!'`jI·]/.test(character)) return 31;
  if (/[ ftr()[\]{}/\\-]/.test(character)) return 38;
  if (/[mwMW@%]/.test(character)) return 92;
  return /[A-Z\d_–]/.test(character) ? 66 : 60;
}

/** Width in pixels of one line. */
export function textLength(text: string, size: number, weight: 400 | 600 = 400): number {
  let units = 0;
  for (const character of text) units += unitsOf(character);
  return (units * size * (weight === 600 ? 1.06 : 1)) / 100;
}

/** `text` cut to the width; "…" marks the cut. */
export function cutText(text: string, size: number, width: number, weight: 400 | 600 = 400): string {
  if (textLength(text, size, weight) <= width) return text;
  let kept = "";
  let room = width - textLength("…", size, weight);
  for (const character of text) {
    room -= textLength(character, size, weight);
    if (room < 0) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** `text` in lines no wider than `width`, broken between words; a word that is wider is cut. */
export function wrapLines(text: string, size: number, width: number, weight: 400 | 600 = 400): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textLength(longer, size, weight) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].filter((each) => each !== "").map((each) => cutText(each, size, width, weight));
}
