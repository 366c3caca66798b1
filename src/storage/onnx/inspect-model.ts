/** What an ONNX file says of itself. */
import { formatShape, sizeOf } from "../../base/shape.ts";
import { type ByteSource, readAll } from "../../io/byte-source.ts";
import { readMessage } from "../../io/protobuf/reader.ts";
import type { InspectedFile } from "../inspect-file.ts";
import { dataTypeName, modelSchema, type ValueInfoMessage } from "./messages.ts";
import { bytesOfType } from "./tensors.ts";

const MOST_BYTES = 2 ** 31;

export async function inspectOnnx(
  source: ByteSource,
): Promise<Pick<InspectedFile, "format" | "arrays" | "writer" | "operators" | "notes">> {
  const message = readMessage(modelSchema, await readAll(source, MOST_BYTES), source.name);
  const { graph, opsetImport, producerName, producerVersion } = message;
  const operators: Record<string, number> = {};
  for (const { opType = "?" } of graph?.node ?? []) operators[opType] = (operators[opType] ?? 0) + 1;
  const constants = new Set(graph?.initializer.map(({ name }) => name));
  const told = (values: readonly ValueInfoMessage[] = []) =>
    values
      .filter(({ name }) => !constants.has(name))
      .map(describe)
      .join(", ");
  const sets = opsetImport.map(({ domain, version }) => `${domain ? `${domain} ` : ""}${version}`);
  const external = graph?.initializer.filter(({ dataLocation }) => dataLocation === 1).length ?? 0;
  return {
    format: "ONNX graph",
    writer: producerName === undefined ? undefined : `${producerName} ${producerVersion ?? ""}`.trimEnd(),
    operators,
    arrays: (graph?.initializer ?? []).map(({ name = "", dims, dataType }) => ({
      name,
      shape: dims,
      // As the other formats call them.
      dtype: dataTypeName(dataType)
        .replace(/^float$/, "float32")
        .replace(/^double$/, "float64"),
      bytes: sizeOf(dims) * bytesOfType(dataType),
      isOptimizer: false,
    })),
    notes: {
      operators: `set ${sets.join(", ")}`,
      inputs: told(graph?.input),
      outputs: told(graph?.output),
      ...(external === 0 ? {} : { "arrays in files beside it": String(external) }),
    },
  };
}

function describe({ name = "", type }: ValueInfoMessage): string {
  const dims = type?.tensorType?.shape?.dim ?? [];
  return `${name} ${formatShape(dims.map(({ value }) => value ?? null))}`;
}
