/** Event files: TensorFlow's bytes and TensorBoard's buckets (bench/golden/events.py), and images. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import {
  eventRecord,
  histogramBuckets,
  histogramValue,
  imageValue,
  modelValue,
  scalarValue,
} from "../../src/io/event-file.ts";
import golden from "../golden/events.json" with { type: "json" };
import { readEvents, valuesOf } from "./read-events.ts";

test("a file has the bytes that TensorFlow writes", () => {
  const records = [
    eventRecord({ wallTime: 1700000000.25, fileVersion: "brain.Event:2" }),
    eventRecord({ wallTime: 1700000001.5, step: 3, summary: { values: [scalarValue("epoch_loss", 0.1)] } }),
    eventRecord({ wallTime: 1700000002.5, summary: { values: [modelValue("keras", "{}")] } }),
    eventRecord({
      wallTime: 1700000003.5,
      step: 4,
      summary: { values: [histogramValue("kernel/histogram", golden.histograms[0]!.values)] },
    }),
  ];
  expect(Buffer.concat(records).toString("hex")).toBe(golden.file);
});

describe("histograms have TensorBoard's buckets", () => {
  test.each(golden.histograms)("$values", ({ values, buckets }) => {
    expect([...histogramBuckets(values, 30)]).toEqual(buckets.flat());
  });

  test("values that are not finite are in none", () => {
    const counts = histogramBuckets([Number.NaN, 0, 1, Number.POSITIVE_INFINITY], 2).filter((_, i) => i % 3 === 2);
    expect([...counts]).toEqual([1, 1]);
  });
});

test("images of 1, 3 and 4 channels are PNG files of their pixels", async () => {
  for (const channels of [1, 3, 4]) {
    const data = Uint8Array.from({ length: 6 * channels }, (_, i) => (i * 37 + 128) % 256);
    const value = await imageValue("x", [{ rows: 2, columns: 3, data }]);
    const [event] = valuesOf(readEvents(eventRecord({ summary: { values: [value] } })));
    expect([event!.plugin, event!.shape]).toEqual(["images", [3]]);
    expect(event!.blobs.slice(0, 2).map((each) => Buffer.from(each).toString())).toEqual(["3", "2"]);
    const decoded = sharp(event!.blobs[2]!);
    const { data: pixels, info } = await (channels === 1 ? decoded.toColourspace("b-w") : decoded)
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(channels);
    expect([...pixels]).toEqual([...data]);
  }
});
