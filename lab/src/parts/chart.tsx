import { type Scene, type ThemeName, toSvg } from "fovea/plot";
import { useMemo } from "preact/hooks";
import { shownTheme } from "../state/selection.ts";
import { Figure } from "./figure.tsx";
import { Plot } from "./plot.tsx";

export interface ChartProps {
  readonly title: string;
  /** Name of saved files, without ending. */
  readonly name: string;
  /** Draws the chart for a width in pixels. Memoised by `inputs`. */
  readonly draw: (size: { readonly width: number; readonly theme: ThemeName }) => Scene;
  /** What `draw` depends on. */
  readonly inputs: readonly unknown[];
  readonly data?: () => string;
  /** A mark with a key was clicked. Keyboards need another way to the same. */
  readonly onSelect?: (key: string) => void;
}

/** Width of saved charts, in pixels. */
const SAVED = 640;

/** A plot with what can be done with it. Its title stands above it, and in the picture for those who cannot see it. */
export function Chart({ title, name, draw, inputs, data, onSelect }: ChartProps) {
  const scene = useMemo(() => (width: number, theme: ThemeName) => ({ ...draw({ width, theme }), title }), inputs);
  return (
    <Figure title={title} name={name} svg={() => toSvg(scene(SAVED, shownTheme.value))} {...(data && { data })}>
      <Plot scene={scene} {...(onSelect && { onSelect })} />
    </Figure>
  );
}
