/** A scene as an SVG document. It holds no styles and no scripts, so that a strict Content-Security-Policy lets it be. */
import { pngAddress } from "../../base/png.ts";
import { checkScene, type Mark, type Point, type Scene } from "./scene.ts";
import { sizes } from "./theme.ts";

const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for an element or an attribute of XML 1.0: escaped, and without what XML cannot hold (§2.2), for which U+FFFD stands. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => names[character]!)
    .replace(unfit, "\ufffd");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const unfit = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Hundredths of a pixel exceed any screen's resolution. */
const round = (value: number) => Math.round(100 * value) / 100;

/**
 * A complete SVG document that ends with "\n": title and description in words, marks with their `key` as `data-key` and their
 * `label` as what a pointer shows. Its size follows the page's CSS; without CSS it is as large as the scene.
 *
 * @throws ArgumentError for what is no scene
 *
 * @example
 * ```ts
 * import { barChart, toSvg } from "fovea/plot";
 * const svg = toSvg(barChart({ values: [0.1, 0.7, 0.2], names: ["cat", "dog", "owl"] }));
 * svg.startsWith("<svg "); // true
 * ```
 */
export function toSvg(scene: Scene): string {
  checkScene("toSvg", scene);
  const { title, description, background, fonts, marks } = scene;
  const [width, height] = [round(scene.width), round(scene.height)];
  const words = description === "" ? "" : `<desc>${escapeXml(description)}</desc>\n`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ` +
    `font-family="${escapeXml(fonts.sans)}" font-size="${sizes.text}" font-variant="tabular-nums" fill="none" stroke-linejoin="round">\n` +
    `<title>${escapeXml(title)}</title>\n${words}<rect width="${width}" height="${height}" fill="${escapeXml(background)}"/>\n` +
    `${marks.map((mark) => elementOf(mark, fonts.mono)).join("\n")}\n</svg>\n`
  );
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function elementOf(mark: Mark, mono: string): string {
  const { key, label, opacity } = mark;
  const hint = label === undefined ? "" : `<title>${escapeXml(label)}</title>`;
  const write = (name: string, attributes: Attributes, content = "") => {
    const list = Object.entries({ ...attributes, opacity, "data-key": key })
      .filter(([, value]) => value !== undefined)
      .map(([attribute, value]) => ` ${attribute}="${typeof value === "number" ? round(value) : escapeXml(value!)}"`);
    const inner = content + hint;
    return inner === "" ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${inner}</${name}>`;
  };
  switch (mark.kind) {
    case "path": {
      const dash = mark.dash?.map(round).join(" ");
      return write("path", { d: pathText(mark.lines, mark.closed === true), ...paint(mark), "stroke-dasharray": dash });
    }
    case "rect": {
      const { x, y, width, height, radius } = mark;
      return write("rect", { x, y, width, height, rx: radius, ...paint(mark) });
    }
    case "circle":
      return write("circle", { cx: mark.x, cy: mark.y, r: mark.radius, ...paint(mark) });
    case "text": {
      const { x, y, size, fill, anchor, weight, halo } = mark;
      const outline = halo === undefined ? {} : { stroke: halo, "stroke-width": 3, "paint-order": "stroke" };
      return write(
        "text",
        {
          x,
          y,
          "font-size": size === sizes.text ? undefined : size,
          fill,
          "text-anchor": anchor === "start" ? undefined : anchor,
          "font-weight": weight,
          "font-family": mark.mono ? mono : undefined,
          ...outline,
        },
        escapeXml(mark.text),
      );
    }
    case "image": {
      const { x, y, width, height } = mark;
      const box = { x, y, width, height, preserveAspectRatio: "none", "image-rendering": "pixelated" };
      return write("image", { ...box, href: pngAddress(mark.pixels) });
    }
  }
}

const paint = ({
  fill,
  stroke,
  strokeWidth,
}: {
  fill?: string;
  stroke?: string;
  strokeWidth?: number;
}): Attributes => ({
  fill,
  stroke,
  "stroke-width": strokeWidth,
});

/** A line of one point is a dot as wide as the pen. */
function pathText(lines: readonly (readonly Point[])[], closed: boolean): string {
  return lines
    .map((line) => {
      const points = line.length === 1 ? [line[0]!, [line[0]![0] + 0.01, line[0]![1]] as const] : line;
      return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("") + (closed ? "Z" : "");
    })
    .join("");
}
