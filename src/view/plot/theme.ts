/** Colours and fonts of all figures, and of the pages around them: one table. */
import { ArgumentError, unknownName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";

export type ThemeName = "light" | "dark" | "print";

/** Colours by their job, each #rrggbb. Text on paper has a contrast of 4.5 or more, colours of classes have 3 or more. */
export interface Theme {
  /** What is behind everything. Zero in colour maps. */
  readonly paper: string;
  /** Text. */
  readonly ink: string;
  /** Text of second rank. */
  readonly soft: string;
  /** Hairlines: ink at 12 %. */
  readonly line: string;
  /** Ground of what is empty: tracks of bars, cells. */
  readonly cell: string;
  /** What is selected, and what is to be done; also as text. */
  readonly accent: string;
  /** Of lines that are compared; also as text. */
  readonly series: readonly string[];
  /** Of ten classes, where ten classes meet. */
  readonly classes: readonly string[];
}

const light: Theme = {
  paper: "#fbfaf7",
  ink: "#1b1b1f",
  soft: "#63625e",
  line: "#e0dfdd",
  cell: "#efede6",
  accent: "#c9400b",
  series: ["#1f6cb0", "#816500", "#007e46", "#914a8c", "#00787d", "#a74449"],
  classes: [
    "#1f6cb0",
    "#c0611a",
    "#00733f",
    "#b9527f",
    "#6f58b8",
    "#7d7000",
    "#00848f",
    "#a03038",
    "#6a6a6a",
    "#5c3a1e",
  ],
};

const dark: Theme = {
  paper: "#141417",
  ink: "#eceae4",
  soft: "#a3a198",
  line: "#2e2e30",
  cell: "#1f1f24",
  accent: "#ff8a4c",
  series: ["#6ab3fd", "#ceaa3e", "#62c689", "#dc8fd5", "#00c6ce", "#f58a8b"],
  classes: [
    "#6ab3fd",
    "#ff9d4d",
    "#5fd08c",
    "#f58ac0",
    "#a493ff",
    "#d9c93a",
    "#22cfdc",
    "#ff7a78",
    "#bdbdbd",
    "#c09a76",
  ],
};

/**
 * The colours of the light, the dark and the printed form.
 *
 * @example
 * ```ts
 * import { themes } from "fovea/plot";
 * themes.dark.paper; // "#141417"
 * ```
 */
export const themes: Readonly<Record<ThemeName, Theme>> = {
  light,
  dark,
  print: { ...light, paper: "#ffffff", ink: "#111111", cell: "#f0f0f0" },
};

/** Fonts: humanist sans with tabular figures, and one with letters of one width. */
export const fonts = {
  sans: "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
  mono: "ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
} as const;

/** Sizes of text in figures, in pixels. */
export const sizes = { small: 11, text: 13, heading: 15, title: 17 } as const;

/**
 * The theme as custom properties of CSS: `--paper: #fbfaf7;` and so on, `--series-1` … and `--class-0` … for the lists.
 *
 * @throws ArgumentError for an unknown name
 *
 * @example
 * ```ts
 * import { themeCss } from "fovea/plot";
 * const css = `:root { ${themeCss("light")} } :root[data-theme="dark"] { ${themeCss("dark")} }`;
 * ```
 */
export function themeCss(theme: ThemeName | Theme): string {
  const { series, classes, ...single } = themeOf("themeCss", theme);
  const entries = [
    ...Object.entries(single),
    ...series.map((color, i) => [`series-${i + 1}`, color]),
    ...classes.map((color, i) => [`class-${i}`, color]),
  ];
  return entries.map(([name, color]) => `--${name}: ${color};`).join(" ");
}

/** The table of a name, or a table of the user's, checked. */
export function themeOf(owner: string, theme: unknown = "light"): Theme {
  if (typeof theme === "string" && Object.hasOwn(themes, theme)) return themes[theme as ThemeName];
  if (typeof theme !== "object" || theme === null) throw unknownName(`theme (${owner})`, theme, Object.keys(themes));
  for (const [name, model] of Object.entries(light)) {
    const given: unknown = (theme as Record<string, unknown>)[name];
    const colors = Array.isArray(model) ? given : [given];
    // At most a hundred, and a copy has no holes, which `every` would pass over.
    const isList = Array.isArray(colors) && colors.length > 0 && colors.length <= 100;
    if (!isList || !Array.from(colors).every(isColor))
      throw new ArgumentError(
        `${owner}: theme.${name} is ${formatValue(given)}, expected ${Array.isArray(model) ? "a list of colours" : "a colour"} "#rrggbb". Start from a copy: { ...themes.light, ${name}: … }.`,
      );
  }
  return theme as Theme;
}

const isColor = (value: unknown) => typeof value === "string" && /^#[\da-f]{6}$/i.test(value);
