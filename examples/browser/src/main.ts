/** The page: reads the settings, trains, and shows how it goes. */
import type { DeviceName } from "fovea";
import { drawCurves, type Point } from "./curves.ts";
import { type Guess, guess, loadDigits, makeModel, type Settings, train } from "./training.ts";

function find<T extends Element>(selector: string): T {
  const element = document.querySelector<T>(selector);
  if (element === null) throw new Error(`The page has no ${selector}.`);
  return element;
}

const form = find<HTMLFormElement>("#settings");
const trainButton = find<HTMLButtonElement>("button[name=train]");
const stopButton = find<HTMLButtonElement>("button[name=stop]");
const status = find<HTMLParagraphElement>("#status");
const progress = find<HTMLProgressElement>("#progress");
const curves = find<SVGSVGElement>("#curves");
const shownDigits = find<HTMLDivElement>("#digits");

function say(text: string, failed = false): void {
  status.textContent = text;
  status.classList.toggle("failed", failed);
}

function readSettings(): Settings {
  const data = new FormData(form);
  const [first = 8, second = 4] = String(data.get("filters")).split(",").map(Number);
  const number = (name: string) => Number(data.get(name));
  return {
    device: String(data.get("device")) as DeviceName,
    filters: [first, second],
    images: number("images"),
    batchSize: number("batchSize"),
    epochs: number("epochs"),
  };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run(readSettings());
});

async function run(settings: Settings): Promise<void> {
  const stop = new AbortController();
  stopButton.onclick = () => stop.abort();
  [trainButton.disabled, stopButton.disabled] = [true, false];
  shownDigits.replaceChildren();
  say("Drawing digits …");
  const model = makeModel(settings);
  const watch = watchTraining(model, settings);
  try {
    const { train: training, test } = await loadDigits(settings.images);
    say("Compiling …");
    const began = performance.now();
    await train(model, training, settings, stop.signal);
    const seconds = (performance.now() - began) / 1000;
    const { loss, accuracy } = watch.end();
    const speed = Math.round((settings.images * settings.epochs) / seconds);
    say(
      `Done in ${seconds.toFixed(1)} s, ${speed} images/s: loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %. ` +
        `Ran on ${await describeDevice(model)}.`,
    );
    showGuesses(await guess(model, test.images));
    document.body.dataset.done = "true";
  } catch (error) {
    watch.end();
    if (stop.signal.aborted) say("Stopped.");
    else say(error instanceof Error ? error.message : String(error), true);
  } finally {
    [trainButton.disabled, stopButton.disabled] = [false, true];
  }
}

/** Looks at the training once per frame, and draws it. */
function watchTraining(model: ReturnType<typeof makeModel>, { images, batchSize, epochs }: Settings) {
  const total = Math.ceil(images / batchSize) * epochs;
  const points: Point[] = [];
  let frame = requestAnimationFrame(look);
  function look(): void {
    note();
    frame = requestAnimationFrame(look);
  }
  function note(): void {
    const latest = model.history?.latest;
    if (latest === undefined) return;
    const steps = total / epochs;
    const step = latest.epoch * steps + latest.step + 1;
    if (points.at(-1)?.step === step) return;
    const { loss = 0, accuracy = 0 } = latest.logs;
    points.push({ step, loss, accuracy });
    progress.value = step / total;
    say(`Epoch ${latest.epoch + 1} of ${epochs}, step ${latest.step + 1} of ${steps}: loss ${loss.toFixed(4)}`);
    drawCurves(curves, points, total);
  }
  return {
    end: () => {
      cancelAnimationFrame(frame);
      note();
      return points.at(-1) ?? { step: 0, loss: 0, accuracy: 0 };
    },
  };
}

async function describeDevice(model: ReturnType<typeof makeModel>): Promise<string> {
  const { device } = (await model.compiledSteps()) ?? {};
  return device === undefined ? "no device" : `the ${device.name.toUpperCase()}: ${device.description}`;
}

function showGuesses(guesses: readonly Guess[]): void {
  shownDigits.replaceChildren(
    ...guesses.map(({ image, digit, probability }) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = `${digit} (${(100 * probability).toFixed(1)} %)`;
      figure.append(drawDigit(image), caption);
      return figure;
    }),
  );
}

function drawDigit({ data }: Guess["image"]): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [28, 28];
  const pixels = new ImageData(28, 28);
  data.forEach((grey, i) => {
    pixels.data.set([255 * grey, 255 * grey, 255 * grey, 255], 4 * i);
  });
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}

say("Ready.");
document.body.dataset.ready = "true";
