/** What all figures share: options, margins, title and subtitle above, words for those who do not see it. */
import { checkKeys } from "../../base/options.ts";
import { readFlag, readNumber, readText } from "./check.ts";
import type { Mark, Scene } from "./scene.ts";
import { wrapLines } from "./text.ts";
import { fonts, sizes, type Theme, type ThemeName, themeOf } from "./theme.ts";

/** Options of every figure. */
export interface FigureOptions {
  /** What it is, in a few words. Default: what kind of figure it is. */
  readonly title?: string;
  /** One or two sentences under the title: data, settings, date. */
  readonly subtitle?: string;
  /** What it shows, in sentences, for those who do not see it. Default: made of the data. */
  readonly description?: string;
  /** Whether title and subtitle are drawn; a page with a caption of its own says false. Default: if a title is given. */
  readonly heading?: boolean;
  /** "light" (default), "dark", "print", or a table of colours. */
  readonly theme?: ThemeName | Theme;
  /** In CSS pixels, 80 … 4096. */
  readonly width?: number;
}

export const figureOptions = ["title", "subtitle", "description", "heading", "theme", "width"] as const;

/** Room around what is drawn. */
export const margin = 16;

export interface Frame {
  readonly owner: string;
  readonly theme: Theme;
  readonly width: number;
  /** Width between the margins. */
  readonly room: number;
  /** The upper edge of what the figure draws. */
  readonly top: number;
  /** @param bottom of what the figure drew */
  finish(marks: readonly Mark[], bottom: number, words: string): Scene;
}

/**
 * Checks the options and places the heading.
 *
 * @param known the figure's own options
 */
export function openFrame(
  owner: string,
  options: FigureOptions,
  known: readonly string[],
  defaults: { readonly title: string; readonly width: number },
): Frame {
  checkKeys(owner, options, [...known, ...figureOptions]);
  const theme = themeOf(owner, options.theme);
  const {
    title = defaults.title,
    subtitle = "",
    heading = options.title !== undefined,
    width = defaults.width,
  } = options;
  readNumber(owner, "width", width, 80, 4096);
  readFlag(owner, "heading", heading);
  readText(owner, "title", title);
  readText(owner, "subtitle", subtitle);
  if (options.description !== undefined) readText(owner, "description", options.description);
  const room = width - 2 * margin;
  const marks: Mark[] = [];
  let y = margin;
  const write = (text: string, size: number, fill: string, weight: 400 | 600) => {
    for (const line of wrapLines(text, size, room, weight)) {
      y += Math.round(size * 1.35);
      marks.push({ kind: "text", x: margin, y: y - Math.round(size * 0.35), text: line, size, fill, weight });
    }
  };
  if (heading) {
    write(title, sizes.title, theme.ink, 600);
    write(subtitle, sizes.text, theme.soft, 400);
    if (y > margin) y += 12;
  }
  return {
    owner,
    theme,
    width,
    room,
    top: y,
    finish: (drawn, bottom, words) => ({
      width,
      height: Math.ceil(bottom + margin),
      title,
      description: options.description ?? [subtitle, words].filter((part) => part !== "").join(" "),
      background: theme.paper,
      fonts,
      marks: [...marks, ...drawn],
    }),
  };
}
