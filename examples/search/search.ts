/** Image search: pictures become points, and what looks alike lies close together. `npx fovea example search [picture.png]` */
import { type AnyModel, input, type KerasTensor, Model, Tensor } from "fovea";
import {
  BatchNormalization,
  Conv3D,
  Cropping1D,
  Dense,
  Dot,
  MaxPooling3D,
  ReLU,
  Rescaling,
  Reshape,
  UnitNormalization,
} from "fovea/layers";
import { SparseCategoricalCrossentropy } from "fovea/losses";
import { Adam } from "fovea/optimizers";
import { type GridPicture, pictureGrid } from "fovea/plot";
import { CosineDecay } from "fovea/schedules";
import { loadImg } from "fovea/utils";
import type { Example } from "../shared/example.ts";
import { drawSearchData } from "./draw.ts";
import { type Gallery, GROUP, type SearchData, SIZE } from "./gallery.ts";
import { openGraph, openSearch, sharedAt } from "./graph.ts";
import { loadSearchData } from "./load.ts";
import { nearest, recallAt } from "./neighbours.ts";

/** Groups of pictures [16, 32, 32, 3] → 48 numbers for each. Kernels of 1 x 3 x 3 see one picture at a time. */
function encode(group: KerasTensor): KerasTensor {
  const block = (filters: number, x: KerasTensor, step = 1) => {
    const convolution = new Conv3D({ filters, kernelSize: [1, 3, 3], strides: [1, step, step], padding: "same" });
    return new ReLU().apply(new BatchNormalization({ momentum: 0.9 }).apply(convolution.apply(x)));
  };
  const half = (x: KerasTensor) => new MaxPooling3D({ poolSize: [1, 2, 2] }).apply(x);
  const x = half(block(64, half(block(32, block(16, group, 2))))); // 16 pictures of 4 x 4
  return new Dense({ units: 48 }).apply(new Reshape({ targetShape: [2 * GROUP, -1] }).apply(x));
}

/** As many weights in Dense layers, which see a whole picture at once. */
function encodeDense(group: KerasTensor): KerasTensor {
  const units = Math.round(pairs(encode).countParams() / (SIZE * SIZE * 3 + 48));
  const flat = new Reshape({ targetShape: [2 * GROUP, -1] }).apply(group);
  return new Dense({ units: 48 }).apply(new Dense({ units, activation: "relu" }).apply(flat));
}

/**
 * Eight pictures are compared with eight others: which of them is of the same kind? The loss pulls the two together and pushes the
 * seven others away (N-pair loss, Sohn 2016: contrastive learning with seven negatives). [n, 16, ...] → logits [n, 8, 8].
 */
function pairs(encoder: typeof encode): Model {
  const group = input({ shape: [2 * GROUP, SIZE, SIZE, 3] });
  const units = new UnitNormalization({ name: "points" }).apply(encoder(group));
  const asked = new Cropping1D({ cropping: [0, GROUP] }).apply(units);
  const others = new Cropping1D({ cropping: [GROUP, 0] }).apply(units);
  // Cosines, at a temperature of 0.1.
  const logits = new Rescaling({ scale: 10 }).apply(new Dot({ axes: 2 }).apply([asked, others]));
  return new Model({ inputs: group, outputs: logits, name: "pairs" });
}

/** The network that is trained. */
export const embedder = (): Model => pairs(encode);

/** The points of pictures [n, 32, 32, 3], of length 1: [n, 48]. */
export async function pointsOf(model: AnyModel, pictures: Tensor): Promise<Tensor> {
  const count = pictures.shape[0]!;
  const groups = Math.ceil(count / (2 * GROUP));
  const padded = new Float32Array(groups * 2 * GROUP * SIZE * SIZE * 3);
  padded.set(pictures.data);
  const reader = new Model({ inputs: model.inputs, outputs: model.getLayer("points").output });
  const points = await reader.predict([new Tensor(padded, [groups, 2 * GROUP, SIZE, SIZE, 3])], { verbose: 0 });
  return (points as unknown as Tensor).reshape([groups * 2 * GROUP, -1]).slice(0, count);
}

export const example: Example<SearchData> = {
  name: "search",
  summary: "pictures that look like another one, of kinds that were never trained on",
  goals: { "recall@1": 0.95 },
  rows: { train: 800, test: 50 },
  epochs: 12,
  layout: "a folder for each kind with its pictures, four kinds or more",
  draw: drawSearchData,
  load: loadSearchData,
  describe: ({ source, groups, gallery }) =>
    `${source}; ${groups.shape[0]} groups of 8 pairs to train on, ${gallery.pictures.shape[0]} pictures of other kinds to search in`,
  model: embedder,
  baselines: { "MLP at equal parameters": () => pairs(encodeDense) },
  setUp(model, { groups }, { epochs, ...place }) {
    const decaySteps = epochs * Math.ceil(groups.shape[0]! / 8);
    const optimizer = new Adam({ learningRate: new CosineDecay({ initialLearningRate: 0.002, decaySteps }) });
    model.compile({ optimizer, loss: new SparseCategoricalCrossentropy({ fromLogits: true }), ...place });
  },
  fit(model, { groups }, run) {
    // The partner of picture i is the i-th of the others.
    const partners = Int32Array.from({ length: groups.shape[0]! * GROUP }, (_, i) => i % GROUP);
    return model.fit(groups, new Tensor(partners, [groups.shape[0]!, GROUP]), { batchSize: 8, ...run });
  },
  async judge(model, { gallery: { pictures, labels } }) {
    const points = await pointsOf(model, pictures);
    const [one, five] = recallAt(points, labels.data, [1, 5]);
    const flat = pictures.reshape([pictures.shape[0]!, -1]);
    const [pixels] = recallAt(unitRows(flat), labels.data, [1]);
    const graph = await openGraph(points);
    const approximate = graph && { "approximate: of the 10 nearest": sharedAt(points, graph, 10) };
    return { "recall@1": one!, "recall@5": five!, "recall@1 by pixels": pixels!, ...approximate };
  },
  async picture(model, { gallery, source }) {
    const points = await pointsOf(model, gallery.pictures);
    const kinds = [...new Set(gallery.labels.data)].slice(0, 6);
    const asked = kinds.map((kind) => gallery.labels.data.indexOf(kind));
    const sheets = asked.map((row) => contactSheet(gallery, points, row));
    const subtitle = `${source}. First in each row: what was asked for; framed: of the same kind.`;
    return pictureGrid({ title: "What looks alike", subtitle, pictures: sheets.flat(), columns: 8 });
  },
  async answer(model, { gallery }, files) {
    const points = await pointsOf(model, gallery.pictures);
    const search = await openSearch(points);
    const lines: string[] = [];
    const pictures: GridPicture[] = [];
    for (const file of files) {
      const { data, shape } = await loadImg(file, { targetSize: SIZE, interpolation: "bilinear" });
      const picture = Float32Array.from(data, (value) => value / 255);
      const point = await pointsOf(model, new Tensor(picture, [1, ...shape]));
      const found = search(point.data, 7);
      lines.push(`${file}: ${found.map(({ row, cosine }) => `${gallery.names[row]} ${cosine.toFixed(2)}`).join(", ")}`);
      pictures.push({ values: { data: picture, shape }, caption: file.split(/[\\/]/).at(-1)! });
      for (const { row, cosine } of found)
        pictures.push({ values: pictureAt(gallery, row), caption: [gallery.names[row]!, cosine.toFixed(2)] });
    }
    return { text: lines.join("\n"), picture: pictureGrid({ title: "What looks alike", pictures, columns: 8 }) };
  },
};

function unitRows(rows: Tensor): Tensor {
  const width = rows.shape[1]!;
  const means = Array.from({ length: rows.shape[0]! }, (_, row) => {
    const own = Array.from(rows.data.slice(row * width, (row + 1) * width));
    const mean = own.reduce((sum, value) => sum + value, 0) / width;
    return { mean, length: Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0)) };
  });
  const scaled = Float32Array.from(rows.data, (value, i) => {
    const { mean, length } = means[Math.floor(i / width)]!;
    return (value - mean) / length;
  });
  return new Tensor(scaled, rows.shape);
}

const pictureAt = ({ pictures: { data } }: Gallery, row: number) => ({
  data: data.slice(row * SIZE * SIZE * 3, (row + 1) * SIZE * SIZE * 3),
  shape: [SIZE, SIZE, 3],
});

function contactSheet(gallery: Gallery, points: Tensor, asked: number): GridPicture[] {
  const width = points.shape[1]!;
  const found = nearest(points, points.data.slice(asked * width, (asked + 1) * width)).filter(
    ({ row }) => row !== asked,
  );
  const { data: labels } = gallery.labels;
  const others = found.slice(0, 7).map(({ row, cosine }): GridPicture => {
    return { values: pictureAt(gallery, row), caption: cosine.toFixed(2), selected: labels[row] === labels[asked] };
  });
  return [{ values: pictureAt(gallery, asked), caption: "asked for" }, ...others];
}
