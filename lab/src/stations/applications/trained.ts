/** What the programs' networks said: judged, and put into pictures. */
import { Tensor } from "fovea";
import { boxIoU, type FoundBox, type TrueBox } from "fovea/insight";
import { type GridPicture, type ThemeName, themes } from "fovea/plot";
import { type Neighbour, nearest } from "../../../../examples/search/neighbours.ts";
import type { DetectOutput, SearchOutput, SegmentOutput } from "./programs.ts";

export const programNames = ["detection", "segmentation", "search"] as const;
export type ProgramName = (typeof programNames)[number];

/** Rows and columns of the pictures. */
const SIDES = { detection: 96, segmentation: 64, search: 32 } as const;

export interface BoxVerdict {
  /** Of each box that was found, best first. */
  readonly right: readonly boolean[];
  /** What has no right box. */
  readonly missed: readonly TrueBox[];
}

/** A box is right if it has the class of an object that has no better box, and shares more than half of their union with it (IoU 0.5). */
export function judgeBoxes(found: readonly FoundBox[], truth: readonly TrueBox[]): BoxVerdict {
  const free = new Set(truth);
  const right = found.map(({ box, label }) => {
    const own = [...free].find((each) => each.label === label && boxIoU(each.box, box) > 0.5);
    return own !== undefined && free.delete(own);
  });
  return { right, missed: [...free] };
}

const pictureAt = (pictures: Float32Array, row: number, side: number): GridPicture["values"] => ({
  data: pictures.subarray(row * side * side * 3, (row + 1) * side * side * 3),
  shape: [side, side, 3],
});

/** Scenes with their boxes from a score on; dashed: what was missed. */
export function boxPictures({ pictures, found, truth }: DetectOutput, leastScore: number) {
  const counted = { right: 0, wrong: 0, missed: 0 };
  const drawn = found.map((all, row): GridPicture => {
    const boxes = all.filter(({ score }) => score >= leastScore);
    const { right, missed } = judgeBoxes(boxes, truth[row]!);
    const rights = right.filter(Boolean).length;
    counted.right += rights;
    counted.wrong += boxes.length - rights;
    counted.missed += missed.length;
    const draw = ({ box: [left, top, right, bottom], label }: TrueBox, words: string, dashed = false) => {
      return { left, top, right, bottom, color: label, label: `${label} ${words}`, dashed };
    };
    return {
      values: pictureAt(pictures, row, SIDES.detection),
      boxes: [
        ...boxes.map((each, i) => draw(each, `${each.score.toFixed(2)}${right[i] ? "" : " ?"}`)),
        ...missed.map((each) => draw(each, "missed", true)),
      ],
    };
  });
  return { pictures: drawn, counted };
}

/** In the order of their numbers. */
export const maskNames = ["ground", "disc", "square", "triangle"] as const;

/** The share of pixels whose class is right. */
export const rightShare = (truth: Int32Array, found: Int32Array): number =>
  truth.reduce((sum, label, at) => sum + Number(label === found[at]), 0) / truth.length;

/** Scenes, beside each what is true and what the network says. */
export function maskPictures({ pictures, truth, found }: SegmentOutput, theme: ThemeName): GridPicture[] {
  const area = SIDES.segmentation ** 2;
  return Array.from({ length: truth.length / area }, (_, row): GridPicture[] => {
    const [own, said] = [truth, found].map((all) => all.subarray(row * area, (row + 1) * area)) as [
      Int32Array,
      Int32Array,
    ];
    return [
      { values: pictureAt(pictures, row, SIDES.segmentation), caption: "picture" },
      { values: paintMask(own, theme), caption: "truth" },
      { values: paintMask(said, theme), caption: `${(100 * rightShare(own, said)).toFixed(1)} %` },
    ];
  }).flat();
}

/** A colour of the theme for each class; the ground is what figures of the theme have for "empty". */
export const maskColour = (label: number, theme: ThemeName): string =>
  label === 0 ? themes[theme].cell : themes[theme].classes[label - 1]!;

function paintMask(mask: Int32Array, theme: ThemeName): GridPicture["values"] {
  const colours = maskNames.map((_, label) => Number.parseInt(maskColour(label, theme).slice(1), 16));
  const data = Uint8Array.from({ length: 3 * mask.length }, (_, i) => {
    return (colours[mask[Math.floor(i / 3)]!]! >> (16 - 8 * (i % 3))) & 255;
  });
  return { data, shape: [SIDES.segmentation, SIDES.segmentation, 3] };
}

/** The seven pictures that are nearest to one. */
export function nearestTo({ points, labels }: SearchOutput, asked: number): readonly Neighbour[] {
  const width = points.length / labels.length;
  const own = points.subarray(asked * width, (asked + 1) * width);
  return nearest(new Tensor(points, [labels.length, width]), own)
    .filter(({ row }) => row !== asked)
    .slice(0, 7);
}

/** The picture that was asked for, and those nearest to it; framed: of the same sign. */
export function answerPictures(output: SearchOutput, asked: number): GridPicture[] {
  const { pictures, labels } = output;
  const others = nearestTo(output, asked).map(({ row, cosine }): GridPicture => {
    const values = pictureAt(pictures, row, SIDES.search);
    return { values, caption: cosine.toFixed(2), selected: labels[row] === labels[asked] };
  });
  return [{ values: pictureAt(pictures, asked, SIDES.search), caption: "asked for" }, ...others];
}

/** All pictures; framed: the one that is asked for. */
export const galleryPictures = ({ pictures, labels }: SearchOutput, asked: number): GridPicture[] =>
  Array.from(labels, (_, row) => ({ values: pictureAt(pictures, row, SIDES.search), selected: row === asked }));
