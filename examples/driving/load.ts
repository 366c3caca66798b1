/** The user's own drives: a folder of Udacity's simulator, whose log has the steering of each picture. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, Tensor } from "fovea";
import { loadImg } from "fovea/utils";
import { cellTargets } from "../shared/cells.ts";
import { Random } from "../shared/random.ts";
import { type DriveData, type DriveSplit, thingNames } from "./draw.ts";
import { HEIGHT, WIDTH } from "./track.ts";

/** The simulator's 1 is 25 degrees at the wheels of a car with 2.5 metres between its axles; to the right. */
const curveOf = (steering: number) => -10 * (Math.tan((steering * 25 * Math.PI) / 180) / 2.5);

/**
 * Reads driving_log.csv (centre, left and right picture, steering, throttle, brake, speed) and the centre's pictures in IMG. A tenth, by
 * the seed, is for tests. Lanes and boxes are unknown, so that the steering alone is trained.
 *
 * @throws FormatError when the log is missing or has fewer than two rows
 */
export async function loadDriveData(folder: string, { seed }: { readonly seed: number }): Promise<DriveData> {
  const log = await readFile(join(folder, "driving_log.csv"), "utf8").catch(() => {
    throw new FormatError(`"${folder}" has no driving_log.csv, as that of Udacity's simulator has.`);
  });
  const rows = log
    .split(/\r?\n/)
    .map((line) => line.split(",").map((cell) => cell.trim()))
    // Some logs begin with the names of the columns.
    .filter((cells) => cells.length >= 4 && Number.isFinite(Number(cells[3])) && cells[3] !== "");
  if (rows.length < 2)
    throw new FormatError(`driving_log.csv has ${rows.length} rows with a steering, expected 2 or more.`);
  const order = new Random(seed, 3).shuffle(rows);
  const tests = Math.max(1, Math.round(rows.length / 10));
  const read = (list: readonly (readonly string[])[]) => readSplit(folder, list);
  return {
    train: await read(order.slice(tests)),
    test: await read(order.slice(0, tests)),
    seed,
    isSteeringAlone: true,
    source: `drives in "${folder}"`,
  };
}

async function readSplit(folder: string, rows: readonly (readonly string[])[]): Promise<DriveSplit> {
  const count = rows.length;
  const images = new Float32Array(count * HEIGHT * WIDTH * 3);
  for (const [row, [center]] of rows.entries()) {
    // Logs hold the path on the machine where they were made.
    const file = join(folder, "IMG", center!.split(/[\\/]/).at(-1)!);
    const { data } = await loadImg(file, { targetSize: [HEIGHT, WIDTH], interpolation: "bilinear" });
    data.forEach((value, i) => {
      images[row * data.length + i] = value / 255;
    });
  }
  const boxes = rows.map(() => []);
  return {
    images: new Tensor(images, [count, HEIGHT, WIDTH, 3]),
    lanes: new Tensor(new Int32Array((count * HEIGHT * WIDTH) / 4), [count, HEIGHT / 2, WIDTH / 2]),
    boxes,
    cells: cellTargets(boxes, thingNames.length, [HEIGHT / 8, WIDTH / 8]),
    steering: new Tensor(
      Float32Array.from(rows, (cells) => curveOf(Number(cells[3]))),
      [count, 1],
    ),
  };
}
