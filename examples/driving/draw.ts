/** Views from the road that the program draws, and drives along its own predictions. */
import { type AnyModel, Tensor } from "fovea";
import type { TrueBox } from "fovea/insight";
import { Canvas, type Spot } from "../shared/canvas.ts";
import { cellTargets } from "../shared/cells.ts";
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import {
  drawThings,
  drawWeather,
  HEIGHT,
  LANE,
  look,
  type Pose,
  type Thing,
  Track,
  type Weather,
  WIDTH,
} from "./track.ts";

export interface DriveSplit {
  /** [n, 48, 96, 3], 0 … 1. */
  readonly images: Tensor;
  /** 0 ground, 1 own lane, 2 other lane; int32 [n, 24, 48]. */
  readonly lanes: Tensor;
  readonly boxes: readonly (readonly TrueBox[])[];
  /** What the head of boxes is to say of each cell, [n, 6, 12, 2 + 5]. */
  readonly cells: Tensor;
  /** The curve to drive, in radians for ten metres, to the left; [n, 1]. */
  readonly steering: Tensor;
}

export interface DriveData {
  readonly train: DriveSplit;
  readonly test: DriveSplit;
  /** Of the roads to drive on. */
  readonly seed: number;
  /** Whether lanes and boxes are known, or the steering alone. */
  readonly isSteeringAlone: boolean;
  /** Where it comes from, in words. */
  readonly source: string;
}

export const thingNames = ["car", "sign"] as const;

export function drawDriveData({ seed, train, test }: DrawOptions): DriveData {
  return {
    train: drawSplit(train, new Random(seed, 1)),
    test: drawSplit(test, new Random(seed, 2)),
    seed,
    isSteeringAlone: false,
    source: `roads drawn by the program with seed ${seed}`,
  };
}

function drawSplit(count: number, random: Random): DriveSplit {
  const images = new Float32Array(count * HEIGHT * WIDTH * 3);
  const lanes = new Int32Array((count * HEIGHT * WIDTH) / 4);
  const steering = new Float32Array(count);
  const boxes = Array.from({ length: count }, (_, row) => {
    const track = new Track(random);
    const angle = random.uniform(0, 2 * Math.PI);
    // Off the middle of the lane and askew, too: one learns to come back from where one should not be.
    const { x, y, heading } = track.poseAt(angle, LANE / 2 + random.uniform(-1.5, 1.5));
    const pose = { x, y, heading: heading + random.uniform(-0.25, 0.25) };
    const near = drawThings(random).map((thing) => ({ ...thing, angle: angle + random.uniform(0.1, 0.8) }));
    const view = look(track, pose, near.slice(0, random.integer(2, 8)), drawWeather(random), random);
    images.set(view.canvas.data, row * view.canvas.data.length);
    lanes.set(view.lanes, row * view.lanes.length);
    steering[row] = 10 * track.steeringFrom(pose);
    return view.boxes;
  });
  return {
    images: new Tensor(images, [count, HEIGHT, WIDTH, 3]),
    lanes: new Tensor(lanes, [count, HEIGHT / 2, WIDTH / 2]),
    boxes,
    cells: cellTargets(boxes, thingNames.length, [HEIGHT / 8, WIDTH / 8]),
    steering: new Tensor(steering, [count, 1]),
  };
}

/**
 * A road from above, and where one drove: 120 metres high, with `size` times as many pixels a side as a view. Default [96, 192, 3].
 */
export function drawMap({ track, path }: Drive["trips"][number], size = 2): { data: Float32Array; shape: number[] } {
  const canvas = new Canvas(size * WIDTH, size * HEIGHT);
  const scale = 120 / canvas.height;
  const [middleX, middleY] = [canvas.width / 2, canvas.height / 2];
  const at = ({ x, y }: { readonly x: number; readonly y: number }): Spot => [x / scale + middleX, middleY - y / scale];
  canvas.paint([0, 0, canvas.width, canvas.height], [0.45, 0.6, 0.35], () => 1);
  canvas.paint([0, 0, canvas.width, canvas.height], [0.4, 0.4, 0.42], (column, row) => {
    return LANE + 0.5 - Math.abs(track.offsetOf((column - middleX) * scale, (middleY - row) * scale));
  });
  for (let i = 1; i < path.length; i++) canvas.line(at(path[i - 1]!), at(path[i]!), 0.8, [1, 0.85, 0.1]);
  return { data: canvas.data, shape: [canvas.height, canvas.width, 3] };
}

/** Metres driven between two looks at the road. */
const STEP = 1;

interface Trip {
  readonly track: Track;
  readonly things: readonly Thing[];
  readonly weather: Weather;
  readonly random: Random;
  pose: Pose;
  /** Radians around the centre since the start. */
  turned: number;
  /** Sums of squares of the distance from the middle of the lane, and their number. */
  squares: number;
  looks: number;
  isOff: boolean;
  readonly path: Pose[];
}

export interface Drive {
  /** Laps until the middle of the car left its lane, at most `laps`, of each road. */
  readonly laps: readonly number[];
  /** Root mean square of the distance from the middle of the lane, in metres. */
  readonly deviation: number;
  readonly trips: readonly { readonly track: Track; readonly path: readonly Pose[] }[];
}

/** What a model said of views. */
export interface Seen {
  readonly lanes: Tensor;
  readonly cells: Tensor;
  readonly steering: Tensor;
}

/**
 * Drives on roads that are not among the data, each for so many laps; the steering is the model's alone.
 *
 * @param watch sees each look: the views, what the model said of them, and where it is
 */
export async function drive(
  model: AnyModel,
  seed: number,
  roads: number,
  laps: number,
  watch: (views: Tensor, seen: Seen, trips: Drive["trips"]) => void = () => {},
): Promise<Drive> {
  const trips = Array.from({ length: roads }, (_, i): Trip => {
    const random = new Random(seed, 100 + i);
    const track = new Track(random);
    return {
      track,
      things: drawThings(random),
      weather: drawWeather(random),
      random,
      pose: track.poseAt(0, LANE / 2),
      turned: 0,
      squares: 0,
      looks: 0,
      isOff: false,
      path: [],
    };
  });
  const running = () => trips.filter(({ isOff, turned }) => !isOff && turned < laps * 2 * Math.PI);
  for (let active = running(); active.length > 0; active = running()) {
    const images = new Float32Array(active.length * HEIGHT * WIDTH * 3);
    active.forEach(({ track, pose, things, weather, random }, row) => {
      images.set(look(track, pose, things, weather, random).canvas.data, row * HEIGHT * WIDTH * 3);
    });
    const views = new Tensor(images, [active.length, HEIGHT, WIDTH, 3]);
    const seen = (await model.predict(views as never, { verbose: 0 })) as unknown as Seen;
    watch(views, seen, active);
    active.forEach((trip, row) => {
      move(trip, seen.steering.data[row]! / 10);
    });
  }
  const looks = trips.reduce((sum, each) => sum + each.looks, 0);
  return {
    laps: trips.map(({ turned }) => Math.min(laps, turned / (2 * Math.PI))),
    deviation: Math.sqrt(trips.reduce((sum, { squares }) => sum + squares, 0) / looks),
    trips,
  };
}

function move(trip: Trip, curve: number): void {
  const { x, y, heading } = trip.pose;
  const middle = heading + (curve * STEP) / 2;
  const next = { x: x + STEP * Math.cos(middle), y: y + STEP * Math.sin(middle), heading: heading + curve * STEP };
  const angle = Math.atan2(next.y, next.x) - Math.atan2(y, x);
  const off = trip.track.offsetOf(next.x, next.y) - LANE / 2;
  trip.pose = next;
  trip.path.push(next);
  trip.turned += Math.atan2(Math.sin(angle), Math.cos(angle));
  trip.squares += off * off;
  trip.looks++;
  // The middle of the car may be a metre off the middle of the lane: then its wheels are on a line.
  trip.isOff = Math.abs(off) > 1 || trip.looks > 1000;
}
