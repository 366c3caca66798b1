/** Event files of TensorBoard, read back: records with their checksums, by definitions other than the writer's. */
import { eventSchema } from "../../src/io/event-file.ts";
import type { MessageOf } from "../../src/io/protobuf/kinds.ts";
import { readMessage } from "../../src/io/protobuf/reader.ts";

/** CRC-32C bit by bit, masked as TensorFlow does. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const value = ~crc >>> 0;
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}

/** The events of a file. Throws for a wrong checksum. */
export function readEvents(bytes: Uint8Array): MessageOf<typeof eventSchema>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: MessageOf<typeof eventSchema>[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const body = bytes.subarray(at + 12, at + 12 + length);
    const sums = [view.getUint32(at + 8, true), view.getUint32(at + 12 + length, true)];
    if (sums[0] !== maskedCrc(bytes.subarray(at, at + 8)) || sums[1] !== maskedCrc(body))
      throw new Error(`The record at byte ${at} has a wrong checksum.`);
    events.push(readMessage(eventSchema, body, "events"));
    at += 16 + length;
  }
  return events;
}

/** Each value of the events as [step, tag, plugin, numbers]; strings of bytes by their lengths. */
export function valuesOf(events: readonly MessageOf<typeof eventSchema>[]) {
  return events.flatMap(({ step = 0, summary }) =>
    (summary?.values ?? []).map(({ tag, tensor, metadata }) => {
      const content = tensor?.content;
      // A copy begins at a multiple of eight bytes.
      const doubles = content === undefined ? [] : [...new Float64Array(Uint8Array.from(content).buffer)];
      return {
        step,
        tag: tag!,
        plugin: metadata?.plugin?.name,
        numbers: [...(tensor?.floats ?? []), ...doubles],
        blobs: tensor?.blobs ?? [],
        shape: tensor?.shape?.axes.map(({ size }) => size) ?? [],
      };
    }),
  );
}
