/** The settings of the convolution, each with what is wrong about it. */
import { useSignalEffect } from "@preact/signals";
import { Segments } from "../../parts/segments.tsx";
import { Slider } from "../../parts/slider.tsx";
import { useAnswer } from "../../state/answer.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";
import { samples } from "../../state/samples.ts";
import { channel, sample, select, layer as selectedLayer, unit } from "../../state/selection.ts";
import {
  dilation,
  fault,
  image,
  imageSource,
  imageSources,
  isRelu,
  kernelSource,
  kernelSources,
  layer,
  padding,
  pooling,
  poolSize,
  setBias,
  setSize,
  settings,
  stride,
  trained,
} from "./signals.ts";
import { formulaOf, paddings, poolings, sizes } from "./state.ts";

/** The filter of the first layer that is selected, or the first one. */
const filter = () => (selectedLayer.value === "conv2d" ? channel.value : channel.value % 64);

export function Controls() {
  const { size } = settings.value;
  const wrong = (control: "size" | "dilation") => (fault.value?.control === control ? fault.value.text : undefined);
  const side = image.value?.height ?? 28;
  return (
    <div class="cv-controls">
      <Segments
        label="Image"
        options={imageSources}
        value={imageSource.value}
        onChange={(to) => set(imageSource, to)}
      />
      {imageSource.value === "digit" && samples.value !== undefined && (
        <Slider
          label="Digit"
          value={sample.value}
          min={0}
          max={samples.value.count - 1}
          onChange={(to) => set(sample, to)}
        />
      )}
      <Segments
        label="Kernel"
        options={kernelSources.filter((each) => each !== "painted" || kernelSource.value === "painted")}
        value={kernelSource.value}
        onChange={(to) => {
          if (to === "trained") isRelu.value = true;
          set(kernelSource, to);
        }}
        fault={
          size === 1 && kernelSource.value !== "painted" ? "A kernel of one weight sees no neighbours." : undefined
        }
      />
      <TrainedFilter />
      <Segments label="Kernel size" options={sizes} value={size} onChange={setSize} fault={wrong("size")} />
      <Segments label="Padding" options={paddings} value={padding.value} onChange={(to) => set(padding, to)} />
      <Slider label="Stride" value={stride.value} min={1} max={4} onChange={(to) => set(stride, Math.round(to))} />
      <Slider
        label="Dilation"
        value={dilation.value}
        min={1}
        max={4}
        onChange={(to) => set(dilation, Math.round(to))}
      />
      {wrong("dilation") !== undefined && (
        <span class="fault" role="alert">
          {wrong("dilation")}
        </span>
      )}
      <Slider
        label="Bias"
        value={Number(layer.value.bias.toFixed(3))}
        min={-2}
        max={2}
        step={0.01}
        onChange={setBias}
      />
      <Segments
        label="relu"
        options={["off", "on"]}
        value={isRelu.value ? "on" : "off"}
        onChange={(to) => set(isRelu, to === "on")}
      />
      <Segments label="Pooling" options={poolings} value={pooling.value} onChange={(to) => set(pooling, to)} />
      {pooling.value !== "none" && (
        <Segments label="Pool size" options={[2, 3]} value={poolSize.value} onChange={(to) => set(poolSize, to)} />
      )}
      <p class="cv-formula">
        Side of the map: <code>{fault.value === undefined ? formulaOf(settings.value, side) : "none"}</code>
      </p>
    </div>
  );
}

function set<T>(target: { value: T }, to: T): void {
  target.value = to;
}

/** Which trained filter of the first layer it is. */
function TrainedFilter() {
  const answer = useAnswer((signal) => {
    const at = weightsAt.value;
    return network.value === undefined ? undefined : engine.call("weights", { at }, { signal });
  });
  useSignalEffect(() => {
    const [kernel, bias] = answer.value.value?.weights ?? [];
    const at = filter();
    trained.value = kernel &&
      bias && {
        kernel: Array.from({ length: 9 }, (_, i) => kernel.data[i * bias.data.length + at]!),
        bias: bias.data[at]!,
      };
  });
  if (kernelSource.value !== "trained") return null;
  return (
    <Slider
      label="Filter of conv2d"
      value={filter()}
      min={0}
      max={63}
      onChange={(to) => select({ layer: "conv2d", channel: Math.round(to), ...unit.value })}
    />
  );
}
