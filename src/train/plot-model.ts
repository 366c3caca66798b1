/** `plotModel`: a model as a picture. K: `utils/model_visualization.py`. */
import { ArgumentError, StateError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { formatShape } from "../base/shape.ts";
import { placeOf, type SavePlace } from "../io/place.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { checkFlag, checkNumber, fillOptions } from "../nn/options.ts";
import type { LayerArrow, LayerBox, LayerCell, LayerPart, RankDir } from "../view/plot/graph/part.ts";
import type { Scene } from "../view/plot/scene.ts";
import type { Theme, ThemeName } from "../view/plot/theme.ts";
import { type AnyModel, Model } from "./model.ts";

/** Options of `plotModel`, Keras's names and defaults; `theme` and `title` are fovea's own. */
export interface PlotModelOptions {
  /** Where the picture goes: a place as `model.save` takes it, whose name ends in ".svg" or ".png". Default: nowhere. */
  readonly toFile?: SavePlace;
  /** Whether the shapes of inputs and outputs are shown. Default false. */
  readonly showShapes?: boolean;
  /** Whether the dtype of outputs is shown. Default false. */
  readonly showDtype?: boolean;
  /** Whether the names of layers are shown, and not their classes alone. Default false. */
  readonly showLayerNames?: boolean;
  /** From top to bottom "TB" (default) or "BT", from left to right "LR" or "RL". */
  readonly rankdir?: RankDir;
  /** Whether the layers of models inside are shown, in a frame. Default false. */
  readonly expandNested?: boolean;
  /** Dots of a PNG for 96 units of the picture. Default 200. */
  readonly dpi?: number;
  /** Whether activations are shown. Default false. */
  readonly showLayerActivations?: boolean;
  /** Whether it is shown which layers with weights train. Default false. */
  readonly showTrainable?: boolean;
  /** "light", "dark", "print" (default), or a table of colours. */
  readonly theme?: ThemeName | Theme;
  /** Above the picture. Default: nothing. */
  readonly title?: string;
}

const defaults = {
  toFile: undefined as SavePlace | undefined,
  showShapes: false,
  showDtype: false,
  showLayerNames: false,
  rankdir: "TB" as RankDir,
  expandNested: false,
  dpi: 200,
  showLayerActivations: false,
  showTrainable: false,
  theme: "print" as ThemeName | Theme,
  title: undefined as string | undefined,
};

type Shown = typeof defaults;

/**
 * Draws a model's layers as boxes with arrows between them, as Keras's `plot_model` does; it needs no other program. A model of
 * one's own class, whose layers are not known before it is called, is one box.
 *
 * @param model one that is built
 * @returns the picture as a scene, which the functions of `fovea/plot` draw: `toSvg`, `toPng`, `draw`
 * @throws StateError for a model that is not built; ArgumentError for a file with another ending
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { Conv2D, Dense, Flatten } from "fovea/layers";
 * import { toSvg } from "fovea/plot";
 * import { plotModel } from "fovea/utils";
 * const model = new Sequential([
 *   new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
 *   new Flatten(),
 *   new Dense({ units: 10 }),
 * ]);
 * const svg = toSvg(await plotModel(model, { showShapes: true, showLayerNames: true }));
 * ```
 */
export async function plotModel(model: AnyModel | Model, options: PlotModelOptions = {}): Promise<Scene> {
  const shown = fillOptions<Shown>("plotModel", options, defaults);
  const { toFile, dpi, rankdir, theme, title } = shown;
  for (const [name, value] of Object.entries(shown))
    if (typeof defaults[name as keyof Shown] === "boolean") checkFlag("plotModel", name, value);
  checkNumber("plotModel", "dpi", dpi, "a number from 10 to 700", (value) => value >= 10 && value <= 700);
  if (!(model instanceof Model)) throw new ArgumentError(`plotModel: got ${formatValue(model)}, expected a model.`);
  if (!model.built)
    throw new StateError(
      `plotModel: model "${model.name}" is not built yet; give its first layer an inputShape, call build, or pass it a batch.`,
    );
  const place = toFile === undefined ? undefined : await placeOf("plotModel", toFile);
  const ending = place === undefined ? undefined : /\.(svg|png)$/i.exec(place.name ?? "")?.[1]?.toLowerCase();
  if (place !== undefined && ending === undefined)
    throw new ArgumentError(
      `plotModel: toFile is ${formatValue(place.title)}, expected a name that ends in .svg or .png.`,
    );
  const { layerGraph } = await import("../view/plot/layer-graph.ts");
  const part = partOf(model as unknown as AnyModel, shown);
  const words = `The layers of ${model.className} "${model.name}".`;
  const scene = layerGraph({ ...part, rankdir, theme, ...(title === undefined ? {} : { title, subtitle: "" }) });
  const named = title === undefined ? { ...scene, title: words } : scene;
  if (place !== undefined) await place.store.write(place.name!, [await bytesOf(named, ending!, dpi)]);
  return named;
}

async function bytesOf(scene: Scene, ending: string, dpi: number): Promise<Uint8Array> {
  if (ending === "svg") return new TextEncoder().encode((await import("../view/plot/svg.ts")).toSvg(scene));
  return (await import("../view/plot/picture.ts")).toPng(scene, { scale: dpi / 96 });
}

const isModel = (layer: Layer): boolean => layer instanceof Model && layer.isFunctional;

/** The layers of a model and the tensors between them. */
function partOf(model: AnyModel, shown: Shown): LayerPart {
  if (!model.isFunctional) return { boxes: [boxOf(model as unknown as Layer, shown)], arrows: [] };
  const { graph } = model;
  const isChain = model.className === "Sequential";
  // A chain is shown without its InputLayer, as Keras does.
  const layers = isChain ? model.layers : graph.nodes;
  const numbers = new Map(layers.map((layer, i) => [layer, i]));
  const boxes = layers.map((layer) => boxOf(layer, shown));
  const arrows: LayerArrow[] = [];
  const known = new Set<string>();
  for (const { layer, node } of graph.calls)
    node.inputs.forEach((tensor, i) => {
      const [from, to] = [numbers.get(tensor.layer), numbers.get(layer)];
      if (from === undefined || to === undefined) return;
      // Only models inside have several places to arrive at.
      const input = boxes[to]!.inside === undefined ? 0 : i;
      const output = boxes[from]!.inside === undefined ? 0 : tensor.tensorIndex;
      const key = [from, to, output, input].join();
      if (known.has(key)) return;
      known.add(key);
      arrows.push({ from, to, output, input });
    });
  const numbersOf = (tensors: readonly KerasTensor[]) => tensors.map(({ layer }) => numbers.get(layer)!);
  const inputs = isChain ? [0] : numbersOf(graph.inputs);
  return { boxes, arrows, inputs, outputs: isChain ? [layers.length - 1] : numbersOf(graph.outputs) };
}

function boxOf(layer: Layer, shown: Shown): LayerBox {
  const { className, name } = layer;
  const head = shown.showLayerNames ? { name, note: className } : { name: className };
  const parameters = layer.built ? layer.countParams() : 0;
  const label = `${name} (${className})${parameters === 0 ? "" : `, ${parameters.toLocaleString("en")} parameters`}`;
  if (shown.expandNested && isModel(layer))
    return { ...head, label, inside: partOf(layer as unknown as AnyModel, shown) };
  return { ...head, label, rows: [activationCells(layer, shown), detailCells(layer, shown)] };
}

function activationCells({ options }: Layer, { showLayerActivations }: Shown): LayerCell[] {
  const { activation } = options as { readonly activation?: unknown };
  if (!showLayerActivations || activation === undefined || activation === null) return [];
  const name = typeof activation === "function" ? activation.name || "function" : String(activation);
  return [{ label: "Activation:", value: name }];
}

function detailCells(layer: Layer, { showShapes, showDtype, showTrainable }: Shown): LayerCell[] {
  const node = layer.inboundNodes[0];
  const cells: LayerCell[] = [];
  if (showShapes && layer.className !== "InputLayer")
    cells.push({ label: "Input shape:", value: shapesText(node?.inputs) });
  if (showShapes) cells.push({ label: "Output shape:", value: shapesText(node?.outputs) });
  if (showDtype)
    cells.push({
      label: "Output dtype:",
      value: node === undefined ? "?" : listText(node.outputs.map(({ dtype }) => dtype)),
    });
  if (showTrainable && layer.weights.length > 0)
    cells.push(layer.trainable ? { value: "Trainable", tone: "good" } : { value: "Non-trainable", tone: "bad" });
  return cells;
}

const listText = (texts: readonly string[]) => (texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);

const shapesText = (tensors: readonly KerasTensor[] | undefined) =>
  tensors === undefined ? "?" : listText(tensors.map(({ shape }) => formatShape(shape)));
