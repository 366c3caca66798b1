/** Maps of numbers as crisp squares. Each map is a cell of a grid: arrows move between maps, with Shift the unit on a map. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { shortNumber } from "../base/numbers.ts";
import { shownTheme } from "../state/selection.ts";
import type { Colours } from "./colours.ts";
import { Fold } from "./fold.tsx";
import {
  type Cell,
  cellUnder,
  cornerOf,
  hasCell,
  type Layout,
  layOut,
  type Maps,
  paint,
  type Range,
  summarise,
  valueAt,
} from "./maps.ts";
import { NumberTable } from "./number-table.tsx";

/** A box on a map, in its cells; `height` and `width` reach to the last cell. */
export interface Mark {
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  readonly height: number;
  readonly width: number;
  /** Drawn thinly: one of many. */
  readonly isFaint?: boolean;
}

export interface PixelsProps {
  readonly maps: Maps;
  /** What the picture shows, for those who cannot see it. */
  readonly label: string;
  /** What a map is called; its number follows. Default "map". */
  readonly noun?: string;
  /** Of all maps, or of each channel. */
  readonly range: Range | readonly Range[];
  /** Default "sequential"; "ink" for pictures. */
  readonly colours?: Colours;
  /** Maps in a row; default: all. */
  readonly columns?: number;
  /** Cells between maps; default 2. */
  readonly gap?: number;
  /** Channels that are shown, in this order; default: all. */
  readonly order?: readonly number[];
  /** The cell under the pointer or the focus. */
  readonly hovered?: Signal<Cell | undefined>;
  /** The ring of the selection. */
  readonly selected?: Cell | undefined;
  readonly onSelect?: (cell: Cell) => void;
  readonly marks?: readonly Mark[];
  /** Whether the numbers can be opened as a table below; default true. */
  readonly hasNumbers?: boolean;
  readonly children?: ComponentChildren;
}

/** A grid of maps. */
export function Pixels(props: PixelsProps) {
  const { maps, range, columns = maps.channels, gap = 2, order, label, noun = "map", hasNumbers = true } = props;
  const { onSelect, marks = [], colours, children } = props;
  const selected = props.selected !== undefined && hasCell(maps, props.selected) ? props.selected : undefined;
  const own = useSignal<Cell | undefined>(undefined);
  const hovered = props.hovered ?? own;
  const layout = useMemo(() => layOut(maps, columns, gap, order), [maps, columns, gap, order]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = shownTheme.value;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(paint(maps, layout, { range, theme, colours }), layout.width), 0, 0);
  }, [maps, layout, range, theme, colours]);

  const under = (event: PointerEvent): Cell | undefined => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const scale = layout.width / box.width;
    return cellUnder(maps, layout, { y: (event.clientY - box.top) * scale, x: (event.clientX - box.left) * scale });
  };
  const shown = hovered.value ?? selected;
  return (
    <div class="pixels">
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the grid inside takes keys. */}
      <div
        class="pixels-stage"
        onPointerMove={(event) => {
          hovered.value = under(event);
        }}
        onPointerLeave={() => {
          hovered.value = undefined;
        }}
        onClick={(event) => {
          const cell = under(event as unknown as PointerEvent);
          if (cell !== undefined) onSelect?.(cell);
        }}
      >
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus; the grid describes what it shows. */}
        <canvas ref={canvas} width={layout.width} height={layout.height} aria-hidden="true" />
        <svg class="pixels-marks" viewBox={`0 0 ${layout.width} ${layout.height}`} aria-hidden="true">
          {marks.map((mark) => (
            <MarkBox key={`${mark.channel} ${mark.y} ${mark.x}`} {...{ maps, layout, mark }} />
          ))}
          {selected !== undefined && (
            <MarkBox {...{ maps, layout, mark: { ...selected, height: 1, width: 1 } }} isUnit />
          )}
        </svg>
        <MapGrid {...{ maps, layout, label, noun, hovered, selected, onSelect }} />
      </div>
      <p class="readout" aria-hidden="true">
        {shown === undefined ? "\u00a0" : readout(maps, shown, noun)}
      </p>
      {children}
      {hasNumbers && (
        <Fold title="Numbers">
          <NumberTable maps={maps} channel={shown?.channel ?? layout.order[0] ?? 0} noun={noun} />
        </Fold>
      )}
    </div>
  );
}

/** The value comes first: where there is little room, the rest is cut off. */
function readout(maps: Maps, cell: Cell, noun: string): string {
  const name = maps.channels > 1 ? `${noun} ${cell.channel}` : noun;
  return `${shortNumber(valueAt(maps, cell))} in ${name} (${cell.y}, ${cell.x})`;
}

interface MarkBoxProps {
  readonly maps: Maps;
  readonly layout: Layout;
  readonly mark: Mark;
  readonly isUnit?: boolean;
}

function MarkBox({ maps, layout, mark, isUnit = false }: MarkBoxProps) {
  const place = layout.order.indexOf(mark.channel);
  if (place < 0) return null;
  const corner = cornerOf(maps, layout, place);
  // The ring of a single unit stands around it, so that its cell stays visible.
  const margin = isUnit ? 0.5 : 0;
  return (
    <rect
      class={isUnit ? "mark-unit" : mark.isFaint ? "mark-box mark-faint" : "mark-box"}
      x={corner.x + mark.x - margin}
      y={corner.y + mark.y - margin}
      width={mark.width + 2 * margin}
      height={mark.height + 2 * margin}
    />
  );
}

interface MapGridProps {
  readonly maps: Maps;
  readonly layout: Layout;
  readonly label: string;
  readonly noun: string;
  readonly hovered: Signal<Cell | undefined>;
  readonly selected: Cell | undefined;
  readonly onSelect: ((cell: Cell) => void) | undefined;
}

/** The maps for keyboards and screen readers: a grid whose cells lie over the picture. */
function MapGrid({ maps, layout, label, noun, hovered, selected, onSelect }: MapGridProps) {
  const focused = useSignal(0);
  const grid = useRef<HTMLDivElement>(null);
  const place = Math.min(focused.value, layout.order.length - 1);
  const descriptions = useMemo(
    () => new Map(layout.order.map((channel) => [channel, describe(maps, channel, noun)])),
    [maps, layout, noun],
  );
  const centre = (channel: number): Cell =>
    selected?.channel === channel
      ? selected
      : { channel, y: selected?.y ?? maps.height >> 1, x: selected?.x ?? maps.width >> 1 };
  const go = (to: number) => {
    const next = Math.min(layout.order.length - 1, Math.max(0, to));
    focused.value = next;
    grid.current?.querySelectorAll<HTMLElement>("[role=gridcell]")[next]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = arrows[event.key];
    const cell = hovered.value ?? centre(layout.order[place]!);
    if (step !== undefined && (event.shiftKey || layout.order.length === 1)) {
      const y = Math.min(maps.height - 1, Math.max(0, cell.y + step.y));
      const x = Math.min(maps.width - 1, Math.max(0, cell.x + step.x));
      hovered.value = { ...cell, y, x };
      onSelect?.(hovered.value);
    } else if (step !== undefined) go(place + step.y * layout.columns + step.x);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(layout.order.length - 1);
    else if (event.key === "Enter" || event.key === " ") onSelect?.(cell);
    else return;
    event.preventDefault();
  };
  const rows = Array.from({ length: layout.rows }, (_, row) =>
    layout.order.slice(row * layout.columns, (row + 1) * layout.columns),
  );
  return (
    <div ref={grid} class="map-grid" role="grid" aria-label={label} onKeyDown={onKeyDown}>
      {rows.map((channels, row) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus is on cells.
        <div key={channels[0]} role="row" class="map-row">
          {channels.map((channel, column) => {
            const at = row * layout.columns + column;
            return (
              <div
                key={channel}
                role="gridcell"
                class="map-cell"
                tabIndex={at === place ? 0 : -1}
                aria-selected={selected?.channel === channel}
                aria-label={descriptions.get(channel)}
                onFocus={() => {
                  focused.value = at;
                  hovered.value = centre(channel);
                }}
                onBlur={() => {
                  hovered.value = undefined;
                }}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

const arrows: Readonly<Record<string, { readonly y: number; readonly x: number }>> = {
  ArrowUp: { y: -1, x: 0 },
  ArrowDown: { y: 1, x: 0 },
  ArrowLeft: { y: 0, x: -1 },
  ArrowRight: { y: 0, x: 1 },
};

function describe(maps: Maps, channel: number, noun: string): string {
  const { highest, y, x, zeros } = summarise(maps, channel);
  const name = maps.channels > 1 ? `${noun} ${channel}` : noun;
  return `${name}: largest ${shortNumber(highest)} at row ${y}, column ${x}; ${Math.round(100 * zeros)} per cent zeros`;
}
