/** Scenes one after the other: an animated SVG. It holds no styles and no scripts either: SMIL (W3C, "SVG Animations Level 2"). */
import { ArgumentError } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import { readList, readNumber } from "./check.ts";
import { checkScene, type Scene } from "./scene.ts";
import { toSvg } from "./svg.ts";

export interface FilmOptions {
  /** How long each scene is shown, 0.01 … 60. Default 0.25. */
  readonly secondsPerScene?: number;
}

/** Most scenes; more would be a file that no viewer opens quickly. */
const MOST = 2000;

/**
 * A film of scenes, which begins again at its end. Viewers that cannot animate show the first scene.
 *
 * @returns an SVG document as large as the first scene
 * @throws ArgumentError for no scenes, or what is none
 *
 * @example
 * ```ts
 * import { barChart, toFilm } from "fovea/plot";
 * const scenes = [0.2, 0.5, 0.9].map((share) => barChart({ values: [share, 1 - share], names: ["cat", "dog"] }));
 * const svg = toFilm(scenes, { secondsPerScene: 0.5 });
 * ```
 */
export function toFilm(scenes: readonly Scene[], options: FilmOptions = {}): string {
  checkKeys("toFilm", options, ["secondsPerScene"]);
  const seconds = readNumber("toFilm", "secondsPerScene", options.secondsPerScene ?? 0.25, 0.01, 60);
  const list = readList("toFilm", "scenes", scenes, (scene): Scene => {
    checkScene("toFilm", scene);
    return scene;
  });
  const [first] = list;
  if (first === undefined || list.length > MOST)
    throw new ArgumentError(`toFilm: scenes has ${list.length} scenes, expected 1 to ${MOST}.`);
  const { width, height } = first;
  const frames = list.map((scene, i) => {
    const [begin, end] = [i, i + 1].map((at) => (at / list.length).toFixed(5));
    const [values, times] =
      i === 0
        ? ["visible;hidden", `0;${end}`]
        : i === list.length - 1
          ? ["hidden;visible", `0;${begin}`]
          : ["hidden;visible;hidden", `0;${begin};${end}`];
    const animation = `<animate attributeName="visibility" calcMode="discrete" values="${values}" keyTimes="${times}" dur="${list.length * seconds}s" repeatCount="indefinite"/>`;
    const isAlone = list.length === 1;
    return `<g visibility="${i === 0 ? "visible" : "hidden"}">${isAlone ? "" : animation}\n${toSvg(scene)}</g>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">\n${frames.join("")}</svg>\n`;
}
