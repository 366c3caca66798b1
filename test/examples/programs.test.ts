/** The programs of `fovea example`: each trains a few steps, measures, draws and reads the user's own files. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AnyModel, jit, Tensor } from "fovea";
import { toFilm, toSvg } from "fovea/plot";
import { saveImg } from "fovea/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxSplit, GRID } from "../../examples/detection/boxes.ts";
import { example as detection } from "../../examples/detection/detection.ts";
import { drive } from "../../examples/driving/draw.ts";
import { example as driving } from "../../examples/driving/driving.ts";
import { LANE, Track } from "../../examples/driving/track.ts";
import { openGraph, openSearch, sharedAt } from "../../examples/search/graph.ts";
import { nearest, recallAt } from "../../examples/search/neighbours.ts";
import { example as search } from "../../examples/search/search.ts";
import { example as segmentation } from "../../examples/segmentation/segmentation.ts";
import { CELL, detectionLoss } from "../../examples/shared/cells.ts";
import { classIoU } from "../../examples/shared/class-iou.ts";
import { Random } from "../../examples/shared/random.ts";
import { reasonsOf, example as text } from "../../examples/text/text.ts";
import { example as video } from "../../examples/video/video.ts";
import { example as voice } from "../../examples/voice/voice.ts";
import { clipOf } from "../../examples/voice/words.ts";
import type { Example } from "../../src/cli/example.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "programs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
/** A picture of one colour per half. */
const drawPicture = async (name: string, level: number, [height, width] = [12, 16]) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  const pixel = (i: number) => (i % (width * 3) < (width * 3) / 2 ? level : 255 - level);
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => pixel(i));
  await saveImg(join(folder, name), new Tensor(data, [height, width, 3]), { scale: false });
};

const programs: Readonly<Record<string, Example<unknown, AnyModel>>> = {
  detection,
  segmentation,
  voice,
  text,
  search,
  video,
  driving,
} as const;

/** What a program draws with seed 5, drawn once. */
const drawn = new Map<string, unknown>();
async function draw5(example: Example<unknown, AnyModel>): Promise<unknown> {
  if (!drawn.has(example.name)) drawn.set(example.name, await example.draw(few(5)));
  return drawn.get(example.name);
}
const few = (seed: number) => ({ seed, train: 2, test: 2 });

const digestOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");

/** Numbers as a digest: as text they would take most of the test's time. A layer's name has a counter. */
const fingerprint = (data: unknown) =>
  JSON.stringify(data, (key, value) => {
    if (key === "vocabulary") return undefined;
    return ArrayBuffer.isView(value) ? digestOf(value) : value;
  });

/** Draws a little, trains on it, measures and draws. */
async function tryOut<Data, Net extends AnyModel>(
  example: Example<Data, Net>,
  rows: { train: number; test: number },
  epochs = 1,
  data?: Data,
) {
  const own = data ?? (await example.draw({ seed: 1, ...rows }));
  const model = example.model(own);
  example.setUp(model, own, { epochs, device: "cpu", threads: 1 });
  await example.fit(model, own, { epochs, verbose: 0 });
  const figures = await example.judge(model, own);
  return { data: own, model, figures, svg: toSvg(await example.picture(model, own)) };
}

describe("all programs", () => {
  test.each(Object.entries(programs))("%s has what the frame asks for", (name, example: Example<unknown, AnyModel>) => {
    expect(example.name).toBe(name);
    expect(example.summary).toMatch(/^[a-z].*[^.]$/);
    expect(example.epochs).toBeGreaterThan(0);
    expect(Object.values(example.goals).every((goal) => goal > 0)).toBe(true);
  });

  test.each(Object.entries(programs))(
    "%s has as many parameters as its baselines say",
    async (name, example: Example<unknown, AnyModel>) => {
      const data = await draw5(example);
      const own = example.model(data).countParams();
      // A unit of segmentation's MLP has 28,672 weights.
      const most = name === "segmentation" ? 0.2 : 0.04;
      for (const [title, make] of Object.entries(example.baselines))
        if (title.includes("equal parameters"))
          expect(Math.abs(make(data).countParams() / own - 1), title).toBeLessThan(most);
    },
  );

  test.each(Object.entries(programs))(
    "%s draws the same data for the same seed",
    async (_, example: Example<unknown, AnyModel>) => {
      const all = [await draw5(example), await example.draw(few(5)), await example.draw(few(6))];
      const [one, again, other] = all.map(fingerprint);
      expect(one === again).toBe(true);
      expect(one === other).toBe(false);
    },
  );
});

describe("detection", () => {
  test("trains, measures and draws", async () => {
    const { figures, svg } = await tryOut(detection, { train: 8, test: 4 });
    expect(Object.keys(figures)).toEqual(["mAP@0.5", "mAP@0.5:0.95"]);
    expect(figures["mAP@0.5"]).toBeGreaterThanOrEqual(0);
    expect(svg).toContain("What the detector found");
  });

  test("targets and loss of one box, by hand", async () => {
    const { targets } = boxSplit(new Float32Array(96 * 96 * 3), [[{ box: [32, 40, 48, 56], label: 1 }]], 2);
    const cells = Array.from({ length: GRID * GRID }, (_, cell) => [...targets.data.slice(cell * 7, cell * 7 + 7)]);
    const used = cells.flatMap((values, cell) => (values[6] === 1 ? [cell] : []));
    // Its middle is (40, 48), the corner of four cells.
    expect(used).toEqual([5 * GRID + 4, 5 * GRID + 5, 6 * GRID + 4, 6 * GRID + 5]);
    expect(cells[used[0]!]).toEqual(
      [0, 1, 4, 4, 12, 12, 1].map((value, i) => (i < 2 || i === 6 ? value : value / (2 * CELL))),
    );
    const outputs = new Float32Array(GRID * GRID * 6).fill(-20);
    for (const cell of used) outputs.set([-20, 20, ...cells[cell]!.slice(2, 6)], cell * 6);
    const loss = jit(detectionLoss);
    const perfect = await loss(targets, new Tensor(outputs, [1, GRID, GRID, 6]));
    expect(perfect.data[0]).toBeCloseTo(0, 4);
    // Sides half as long: IoU 1/4 in each of the four cells, and the union is what surrounds both.
    for (const cell of used)
      outputs.set(
        cells[cell]!.slice(2, 6).map((side) => side / 2),
        cell * 6 + 2,
      );
    expect((await loss(targets, new Tensor(outputs, [1, GRID, GRID, 6]))).data[0]).toBeCloseTo(0.75, 4);
    // Sure of nothing: p = 1/2, focal 0.25 · 0.25 · ln 2 in 4 cells and 0.75 · 0.25 · ln 2 elsewhere, by four cells.
    outputs.fill(0);
    for (const cell of used) outputs.set(cells[cell]!.slice(2, 6), cell * 6 + 2);
    const negatives = GRID * GRID * 2 - 4;
    const unsure = (Math.LN2 * 0.25 * (4 * 0.25 + negatives * 0.75)) / 4;
    expect((await loss(targets, new Tensor(outputs, [1, GRID, GRID, 6]))).data[0]).toBeCloseTo(unsure, 3);
  });

  test("reads a folder of Pascal VOC", async () => {
    for (const [name, object] of [
      ["a", "cat"],
      ["b", "dog"],
    ] as const) {
      await drawPicture(`voc/JPEGImages/${name}.png`, 40, [24, 48]);
      write(
        `voc/Annotations/${name}.xml`,
        `<annotation><filename>${name}.png</filename><size><width>48</width><height>24</height><depth>3</depth></size><object><name>${object}</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>24</xmax><ymax>12</ymax></bndbox></object></annotation>`,
      );
    }
    const { train, test, classNames } = await detection.load(join(folder, "voc"), { seed: 1 });
    expect(classNames).toEqual(["cat", "dog"]);
    expect([train.boxes.length, test.boxes.length]).toEqual([1, 1]);
    expect([train.boxes[0]![0]!.label, test.boxes[0]![0]!.label].sort()).toEqual([0, 1]);
    expect(train.boxes[0]![0]!.box).toEqual([0, 0, 48, 48]);
    expect(train.images.shape).toEqual([1, 96, 96, 3]);
    await expect(detection.load(folder, { seed: 1 })).rejects.toThrow(/neither a folder "Annotations"/);
  });

  test("reads a folder of COCO", async () => {
    await drawPicture("coco/val2017/1.png", 40, [24, 48]);
    await drawPicture("coco/val2017/2.png", 90, [24, 48]);
    const annotation = (image_id: number, category_id: number) => ({
      image_id,
      category_id,
      bbox: [12, 6, 24, 12],
      iscrowd: image_id - 1,
    });
    write(
      "coco/annotations/instances_val2017.json",
      JSON.stringify({
        images: [1, 2].map((id) => ({ id, file_name: `${id}.png`, width: 48, height: 24 })),
        annotations: [annotation(1, 7), annotation(2, 3)],
        categories: [
          { id: 3, name: "car" },
          { id: 7, name: "bus" },
        ],
      }),
    );
    const { train, test, classNames } = await detection.load(join(folder, "coco"), { seed: 1 });
    expect(classNames).toEqual(["bus", "car"]);
    const boxes = [...train.boxes, ...test.boxes].flat().sort((a, b) => a.label - b.label);
    expect(boxes).toEqual([
      { box: [24, 24, 72, 72], label: 0, crowd: false },
      { box: [24, 24, 72, 72], label: 1, crowd: true },
    ]);
  });
});

describe("segmentation", () => {
  test("trains, measures and draws", async () => {
    const { figures, svg } = await tryOut(segmentation, { train: 8, test: 3 });
    expect(Object.keys(figures)[0]).toBe("mIoU");
    expect(svg).toContain("What each pixel belongs to");
  });

  test("intersection over union by hand", () => {
    expect(classIoU([0, 0, 1, 1], [0, 1, 1, 1], 3)).toEqual([0.5, 2 / 3, Number.NaN]);
  });

  test("reads a folder of Oxford-IIIT Pets", async () => {
    for (const name of ["Abyssinian_1", "pug_2"]) {
      await drawPicture(`pets/images/${name}.jpg`, 60);
      const mask = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i < 64 ? 3 : i % 64 < 32 ? 1 : 2));
      mkdirSync(join(folder, "pets/annotations/trimaps"), { recursive: true });
      await saveImg(join(folder, `pets/annotations/trimaps/${name}.png`), new Tensor(mask, [64, 64, 1]), {
        scale: false,
      });
    }
    write("pets/annotations/trimaps/._pug_2.png", "no picture");
    const { train, classNames } = await segmentation.load(join(folder, "pets"), { seed: 1 });
    expect(classNames).toEqual(["ground", "pet", "outline"]);
    expect([train.images.shape, train.masks.shape]).toEqual([
      [1, 64, 64, 3],
      [1, 64, 64],
    ]);
    expect([0, 64, 127].map((i) => train.masks.data[i])).toEqual([2, 1, 0]);
  });
});

describe("text", () => {
  test("trains, measures, draws, and says what decided", async () => {
    const { figures, svg, data, model } = await tryOut(text, { train: 64, test: 32 }, 2);
    expect(Object.keys(figures)).toEqual(["accuracy", "accuracy, negated"]);
    expect(svg).toContain("Which words decided");
    // The reasons add up to the logit, but for the bias.
    const words = data.test.words.slice(0, 4);
    const reasons = await reasonsOf(model, words);
    const [, bias] = await model.getLayer("verdict").getWeights();
    const scores = (await model.predict(words, { verbose: 0 })).data;
    reasons.forEach((list, row) => {
      const logit = list.reduce((sum, { weight }) => sum + weight, bias!.data[0]!);
      expect(1 / (1 + Math.exp(-logit))).toBeCloseTo(scores[row]!, 4);
    });
  });

  test("the same words, for and against", async () => {
    const { train } = await text.draw({ seed: 3, train: 400, test: 4 });
    const found = train.texts.findIndex((each, row) => train.negated![row] && / not /.test(each));
    expect(train.texts[found]).toMatch(/the \w+ was/);
    expect(Array.from(train.labels.data).reduce((a, b) => a + b, 0) / 400).toBeCloseTo(0.5, 1);
  });

  test("reads a folder of reviews and answers to a file", async () => {
    for (const part of ["train", "test"])
      for (const [verdict, word] of [
        ["pos", "good"],
        ["neg", "bad"],
      ])
        write(`imdb/${part}/${verdict}/0_9.txt`, `A ${word} film.<br />Really ${word}.`);
    const data = await text.load(join(folder, "imdb"), { seed: 1 });
    expect(data.vocabulary.getVocabulary()).toContain("good");
    expect([...data.train.labels.data].sort()).toEqual([0, 1]);
    const { model } = await tryOut(text, { train: 0, test: 0 }, 1, data);
    write("mine.txt", "a good film\n\na bad film\n");
    const answer = await text.answer!(model, data, [join(folder, "mine.txt")]);
    expect(answer.text.split("\n")).toHaveLength(2);
    await expect(text.load(join(folder, "voc"), { seed: 1 })).rejects.toThrow(/expected train\/pos/);
  });
});

describe("video", () => {
  test("trains, measures and draws", async () => {
    const { figures, svg, model, data } = await tryOut(video, { train: 8, test: 4 });
    expect(toFilm(await video.film!(model, data)).match(/<animate /g)).not.toBeNull();
    expect(Object.keys(figures)).toEqual(["accuracy"]);
    expect(svg).toContain("How something moves");
  });

  test("reads folders of frames", async () => {
    for (const kind of ["jump", "run"])
      for (const clip of ["1", "2", "3"])
        for (const frame of [1, 2, 10]) await drawPicture(`clips/${kind}/${clip}/${frame}.png`, frame * 20, [8, 8]);
    const { train, test, classNames } = await video.load(join(folder, "clips"), { seed: 1 });
    expect(classNames).toEqual(["jump", "run"]);
    expect([train.clips.shape[0], test.clips.shape[0]]).toEqual([5, 1]);
    // Frames 1, 2 and 10 in this order, at equal distances; the first pixel is as bright as the frame's number says.
    const size = 32 * 32;
    expect([0, 4, 7].map((frame) => Math.round((train.clips.data[frame * size]! * 255) / 20))).toEqual([1, 2, 10]);
  });
});

describe("search", () => {
  test("trains, measures, draws and finds", async () => {
    const { figures, svg, data, model } = await tryOut(search, { train: 4, test: 3 });
    expect(Object.keys(figures)).toEqual([
      "recall@1",
      "recall@5",
      "recall@1 by pixels",
      "approximate: of the 10 nearest",
    ]);
    expect(svg).toContain("What looks alike");
    await drawPicture("asked.png", 40, [32, 32]);
    const answer = await search.answer!(model, data, [join(folder, "asked.png")]);
    expect(answer.text).toMatch(/asked\.png: sign \d \S+, sign/);
  });

  test("recall by hand", () => {
    const points = new Tensor(Float32Array.of(1, 0, 0.96, 0.28, 0, 1, 0.28, 0.96), [4, 2]);
    expect(nearest(points, [1, 0]).map(({ row }) => row)).toEqual([0, 1, 3, 2]);
    expect(recallAt(points, [0, 0, 1, 1], [1])).toEqual([1]);
    expect(recallAt(points, [0, 1, 1, 0], [1, 2, 3])).toEqual([0, 0.5, 1]);
  });

  test("a graph finds nearly what looking at all points finds, with the same cosines", async () => {
    const random = new Random(4);
    const rows = Array.from({ length: 3000 }, () => {
      const row = Array.from({ length: 8 }, () => random.normal());
      const length = Math.hypot(...row);
      return row.map((value) => value / length);
    });
    const points = new Tensor(Float32Array.from(rows.flat()), [3000, 8]);
    const graph = (await openGraph(points))!;
    const search = await openSearch(points);
    let shared = 0;
    for (const row of rows.slice(0, 100)) {
      const exact = nearest(points, row).slice(0, 10);
      const found = graph(row, 10);
      expect(search(row, 10)).toEqual(found);
      expect(found).toHaveLength(10);
      for (const { row: other, cosine } of found)
        expect(cosine).toBeCloseTo(
          rows[other]!.reduce((sum, value, i) => sum + value * row[i]!, 0),
          5,
        );
      shared += exact.filter((each) => found.some(({ row }) => row === each.row)).length;
    }
    expect(shared / 1000).toBeGreaterThan(0.95);
    const few = points.slice(0, 40);
    expect(sharedAt(few, (await openGraph(few))!, 10)).toBe(1);
    // Who answers with the farthest shares nothing; who answers with every other of the nearest, half.
    expect(sharedAt(few, (point, count) => nearest(few, point).slice(-count), 10)).toBe(0);
    expect(sharedAt(few, (point) => nearest(few, point).filter((_, i) => i % 2 === 0), 10)).toBe(0.5);
    expect((await openSearch(few))(rows[0]!, 3)).toEqual(nearest(few, rows[0]!).slice(0, 3));
  });

  test("reads a folder for each kind", async () => {
    for (const kind of ["a", "b", "c", "d", "e"])
      for (const copy of [1, 2]) await drawPicture(`kinds/${kind}/${copy}.png`, 30 * copy, [10, 10]);
    const { groups, gallery } = await search.load(join(folder, "kinds"), { seed: 1 });
    expect(groups.shape.slice(1)).toEqual([16, 32, 32, 3]);
    expect([...gallery.labels.data]).toEqual([0, 0]);
    await expect(search.load(join(folder, "clips"), { seed: 1 })).rejects.toThrow(/expected four or more/);
  });
});

describe("driving", () => {
  test("trains, measures, drives and draws", async () => {
    const { figures, svg, model, data } = await tryOut(driving, { train: 8, test: 4 });
    expect((await driving.film!(model, data)).length).toBeGreaterThan(0);
    const shown: { size: number; line: string }[] = [];
    await driving.watch!(model, data, (picture, line) => {
      shown.push({ size: picture.data.length, line });
    });
    expect(shown[0]).toMatchObject({ size: 48 * 96 * 3, line: expect.stringMatching(/^0 m: .* 0\.00 m off/) });
    expect(shown.at(-1)!.line).toMatch(new RegExp(`^${4 * (shown.length - 1)} m: `));
    await driving.watch!(model, { ...data, isSteeringAlone: true }, () => {
      throw new Error("Nothing to see.");
    });
    expect(Object.keys(figures)).toEqual([
      "laps",
      "metres off the middle",
      "mIoU lanes",
      "mAP@0.5 cars and signs",
      "steering error",
    ]);
    expect(figures.laps).toBeLessThanOrEqual(10);
    expect(svg).toContain("What the driver sees");
  });

  test("who steers by the road itself stays in the lane; who does not leaves it", async () => {
    const track = new Track(new Random(3, 100));
    let pose = track.poseAt(0, LANE / 2);
    let worst = 0;
    for (let metre = 0; metre < 280; metre++) {
      const curve = track.steeringFrom(pose);
      const middle = pose.heading + curve / 2;
      pose = { x: pose.x + Math.cos(middle), y: pose.y + Math.sin(middle), heading: pose.heading + curve };
      worst = Math.max(worst, Math.abs(track.offsetOf(pose.x, pose.y) - LANE / 2));
    }
    expect(worst).toBeLessThan(0.5);
    const straight = {
      predict: async (x: Tensor) => ({ steering: new Tensor(new Float32Array(x.shape[0]!), [x.shape[0]!, 1]) }),
    };
    const { laps } = await drive(straight as unknown as AnyModel, 3, 2, 1);
    for (const lap of laps) expect(lap).toBeLessThan(0.3);
  });

  test("reads a folder of Udacity's simulator", async () => {
    write(
      "drives/driving_log.csv",
      "center,left,right,steering,throttle,brake,speed\nC:\\a\\IMG\\c1.png,l,r,0.1,0.9,0,20\n/tmp/IMG/c2.png,l,r,-0.1,0.9,0,20\n",
    );
    for (const name of ["c1", "c2"]) await drawPicture(`drives/IMG/${name}.png`, 60);
    const { train, test, isSteeringAlone } = await driving.load(join(folder, "drives"), { seed: 1 });
    expect(isSteeringAlone).toBe(true);
    expect(train.images.shape).toEqual([1, 48, 96, 3]);
    // 2.5 degrees, to the left positive: tan(2.5°) / 2.5 m, for ten metres.
    expect(Math.abs(train.steering.data[0]!)).toBeCloseTo((10 * Math.tan((2.5 * Math.PI) / 180)) / 2.5, 5);
    expect(train.steering.data[0]! + test.steering.data[0]!).toBeCloseTo(0, 6);
  });
});

/** A WAV file of 16 bits. */
function wav(samples: readonly number[], rate: number): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const letters = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  letters(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  letters(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    view.setInt16(44 + 2 * i, Math.round(sample * 32767), true);
  });
  return bytes;
}

describe("voice", () => {
  test("trains, measures and draws", async () => {
    const { figures, svg } = await tryOut(voice, { train: 16, test: 12 });
    expect(Object.keys(figures)).toEqual(["accuracy"]);
    expect(svg).toContain("What the network sees of words");
  });

  test("a recording becomes a second of 8000 samples", () => {
    const samples = new Tensor(Float32Array.of(0, 1, 0.5, 0.5), [4, 1]);
    expect([...clipOf({ samples, sampleRate: 16_000 }).slice(0, 3)]).toEqual([0.5, 0.5, 0]);
    expect([...clipOf({ samples, sampleRate: 8000 }).slice(0, 5)]).toEqual([0, 1, 0.5, 0.5, 0]);
    expect(clipOf({ samples, sampleRate: 8000 })).toHaveLength(8000);
  });

  test("reads a folder of Speech Commands, and answers to a file", async () => {
    const tone = (pitch: number) =>
      Array.from({ length: 16_000 }, (_, i) => Math.sin((2 * Math.PI * pitch * i) / 16_000) / 2);
    for (const [word, pitch] of [
      ["yes", 300],
      ["no", 600],
    ] as const)
      for (const speaker of ["0a", "1b"]) write(`speech/${word}/${speaker}_nohash_0.wav`, wav(tone(pitch), 16_000));
    write("speech/_background_noise_/hum.wav", wav(tone(50), 16_000));
    write("speech/testing_list.txt", "yes/0a_nohash_0.wav\nno/0a_nohash_0.wav\n");
    const data = await voice.load(join(folder, "speech"), { seed: 1 });
    expect(data.classNames).toEqual(["no", "yes"]);
    expect([...data.test.labels.data]).toEqual([0, 1]);
    expect(data.train.sounds.shape).toEqual([2, 8000]);
    rmSync(join(folder, "speech/testing_list.txt"));
    const bySpeaker = await voice.load(join(folder, "speech"), { seed: 1 });
    expect([...bySpeaker.test.labels.data]).toEqual([0, 1]);
    const model = voice.model(data);
    voice.setUp(model, data, { epochs: 1, device: "cpu", threads: 1 });
    const answer = await voice.answer!(model, data, [join(folder, "speech/yes/0a_nohash_0.wav")]);
    expect(answer.text).toMatch(/nohash_0\.wav: (yes|no) \d+ %, (yes|no) \d+ %/);
  });
});
