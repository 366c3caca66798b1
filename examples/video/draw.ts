/**
 * Clips that the program draws: a shape moves in one of eight ways in front of a still ground, in noise. Ways come in pairs that are
 * each other's clips played backwards, so frames without their order cannot tell them apart.
 */
import { Tensor } from "fovea";
import { Canvas, type Spot } from "../shared/canvas.ts";
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import { type ClipData, type ClipSplit, FRAMES, SIZE } from "./clips.ts";

const classNames = ["left", "right", "up", "down", "clockwise", "anticlockwise", "nearer", "farther"];

export function drawClips({ seed, train, test }: DrawOptions): ClipData {
  return {
    train: drawSplit(train, new Random(seed, 1)),
    test: drawSplit(test, new Random(seed, 2)),
    classNames,
    source: `clips drawn by the program with seed ${seed}`,
  };
}

function drawSplit(count: number, random: Random): ClipSplit {
  const size = FRAMES * SIZE * SIZE;
  const data = new Float32Array(count * size);
  const labels = Int32Array.from({ length: count }, () => random.below(classNames.length));
  labels.forEach((label, row) => {
    data.set(drawClip(label, random), row * size);
  });
  return { clips: new Tensor(data, [count, FRAMES, SIZE, SIZE, 1]), labels: new Tensor(labels, [count]) };
}

/** Where the shape's middle is, how large it is and how far it is turned, at a time from -1 to 1. */
interface Pose {
  readonly middle: Spot;
  readonly radius: number;
  readonly turn: number;
}

function drawClip(label: number, random: Random): Float32Array {
  const isDark = random.chance(0.5);
  const level = (light: boolean) => random.uniform(light ? 0.6 : 0, light ? 1 : 0.4);
  const grey = (light: boolean) => Array(3).fill(level(light)) as unknown as readonly [number, number, number];
  const ground = new Canvas(SIZE, SIZE);
  ground.gradient(grey(!isDark), grey(!isDark), random.uniform(0, 2 * Math.PI));
  const spot = (): Spot => [random.uniform(0, SIZE), random.uniform(0, SIZE)];
  for (let i = random.integer(1, 4); i > 0; i--) ground.line(spot(), spot(), random.uniform(0.7, 1.6), grey(isDark));
  const color = grey(isDark);
  const corners = random.integer(3, 6);
  const poseAt = motion(label, random);
  const frames = new Float32Array(FRAMES * SIZE * SIZE);
  for (let frame = 0; frame < FRAMES; frame++) {
    const { middle, radius, turn } = poseAt((2 * frame) / (FRAMES - 1) - 1);
    const canvas = new Canvas(SIZE, SIZE);
    canvas.data.set(ground.data);
    canvas.polygon(star(middle, radius, turn, corners), color);
    canvas.noise(0.05, random);
    for (let i = 0; i < SIZE * SIZE; i++) frames[frame * SIZE * SIZE + i] = canvas.data[3 * i]!;
  }
  return frames;
}

/** A shape whose one corner is nearly twice as far out as the others, so that one sees it turn. */
function star([x, y]: Spot, radius: number, turn: number, corners: number): Spot[] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / corners;
    const reach = radius * (i === 0 ? 1.9 : 1);
    return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
  });
}

function motion(label: number, random: Random): (time: number) => Pose {
  const backwards = label % 2 === 0 ? -1 : 1;
  const kind = Math.floor(label / 2);
  const [x, y] = [random.uniform(11, SIZE - 11), random.uniform(11, SIZE - 11)];
  const radius = random.uniform(3.5, 6);
  const turn = random.uniform(0, 2 * Math.PI);
  const reach = random.uniform(5, 9);
  // Nothing moves in one way alone: a little of everything else is in it.
  const [driftX, driftY, drift] = [random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(-0.3, 0.3)];
  return (time) => {
    const along = backwards * time;
    return {
      middle: [
        x + (kind === 0 ? reach * along : driftX * time),
        // Up is where rows are smaller.
        y + (kind === 1 ? reach * along : driftY * time),
      ],
      // "nearer" grows, "farther" shrinks; "clockwise" is as a watch has it, rows growing downwards.
      radius: kind === 3 ? radius * (1 - 0.5 * along) : radius,
      turn: turn + (kind === 2 ? -halfTurn * along : drift * time),
    };
  };
}

/** Radians from the middle of a clip to its ends. */
const halfTurn = 1.4;
