/** The tests of figures in a page: the test calls these functions by their names. */
import { type Canvas2D, draw, type Scene, toPng, toSvg } from "fovea/plot";
import { sampleScenes } from "../../view/plot/samples.ts";

type Theme = "light" | "dark";

const sceneOf = (name: string, theme: Theme): Scene => sampleScenes("Name", { theme, width: 480 })[name]!;

function canvasOf({ width, height }: Scene, ratio: number) {
  const canvas = new OffscreenCanvas(width * ratio, height * ratio);
  return { canvas, context: canvas.getContext("2d")! };
}

/** Share of pixels that differ visibly between two pictures of one size. */
function difference(a: ImageData, b: ImageData): number {
  let count = 0;
  for (let i = 0; i < a.data.length; i += 4)
    if ([0, 1, 2].some((channel) => Math.abs(a.data[i + channel]! - b.data[i + channel]!) > 48)) count++;
  return (4 * count) / a.data.length;
}

async function pixelsOf(blob: Blob, { width, height }: Scene, ratio: number): Promise<ImageData> {
  const { context } = canvasOf({ width, height } as Scene, ratio);
  const address = URL.createObjectURL(blob);
  const image = new Image();
  image.src = address;
  await image.decode();
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, width * ratio, height * ratio);
  URL.revokeObjectURL(address);
  return context.getImageData(0, 0, width * ratio, height * ratio);
}

const functions = {
  names: () => Object.keys(sampleScenes("Name")),

  /** How much the SVG, the canvas and the PNG of a figure differ. */
  async compare(name: string, theme: Theme) {
    const scene = sceneOf(name, theme);
    const ratio = 2;
    const { context } = canvasOf(scene, ratio);
    context.scale(ratio, ratio);
    draw(scene, context as unknown as Canvas2D);
    const drawn = context.getImageData(0, 0, scene.width * ratio, scene.height * ratio);
    const svg = await pixelsOf(new Blob([toSvg(scene)], { type: "image/svg+xml" }), scene, ratio);
    const png = await pixelsOf(new Blob([await toPng(scene, { scale: ratio })], { type: "image/png" }), scene, ratio);
    const blank = canvasOf(scene, ratio).context;
    blank.fillStyle = scene.background;
    blank.fillRect(0, 0, drawn.width, drawn.height);
    const empty = blank.getImageData(0, 0, drawn.width, drawn.height);
    return { svg: difference(drawn, svg), png: difference(drawn, png), empty: difference(drawn, empty) };
  },

  /** Puts a figure into the page, as a part of it. */
  show(name: string, theme: Theme) {
    document.body.innerHTML = toSvg(sceneOf(name, theme));
    const svg = document.querySelector("svg")!;
    const overflow = [...svg.querySelectorAll("text")].flatMap((text) => {
      const { left, right } = text.getBoundingClientRect();
      const box = svg.getBoundingClientRect();
      return left < box.left - 1 || right > box.right + 1 ? [text.textContent] : [];
    });
    return { marks: svg.children.length, overflow };
  },

  /** Whether the browser's parser for XML takes every figure with such texts, and reads the title back. */
  parse(text: string) {
    return Object.entries(sampleScenes(text)).flatMap(([name, scene]) => {
      const page = new DOMParser().parseFromString(toSvg(scene), "image/svg+xml");
      const title = page.querySelector("svg > title")?.textContent;
      return page.querySelector("parsererror") === null && title === text ? [] : [name];
    });
  },
};

export type PlotPage = typeof functions;
Object.assign(globalThis, { plot: functions });
document.body.dataset.ready = "";
