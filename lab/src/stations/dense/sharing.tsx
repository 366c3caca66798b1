/** How many numbers a layer needs, as areas: with its weights shared, not shared, and fully connected. */
import { areaSquares, type Scene, type ThemeName, toSvg } from "fovea/plot";
import { grouped } from "../../base/numbers.ts";
import { Bar } from "../../parts/bars.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Plot } from "../../parts/plot.tsx";
import { Segments } from "../../parts/segments.tsx";
import { Slider } from "../../parts/slider.tsx";
import { oneOf, wholeNumber, yesOrNo } from "../../state/address.ts";
import { address, shownTheme } from "../../state/selection.ts";
import { barShare, convolutionParameters, costOf, denseParameters, sharings, times } from "./state.ts";

const sharing = address.signal("dense.sharing", "shared", oneOf(sharings));
const isLog = address.signal("dense.log", false, yesOrNo);
const side = address.signal("dense.side", 100, wholeNumber(8, 512));
const colours = address.signal("dense.colours", 1, wholeNumber(1, 3));

export function Sharing() {
  const costs = sharings.map((name) => ({ name, ...costOf(name, 28) }));
  const shown = sharings.indexOf(sharing.value);
  const scene = (width: number, theme: ThemeName): Scene =>
    areaSquares({
      title: "26 × 26 × 64 outputs",
      heading: false,
      theme,
      width,
      items: costs.map(({ name, parameters }) => ({ name, value: parameters })),
      selected: shown,
    });
  const [smallest] = costs;
  return (
    <Figure
      title="The first layer's 26 × 26 × 64 outputs: parameters as areas"
      name="sharing"
      svg={() => toSvg(scene(640, shownTheme.value))}
      data={() =>
        costs.map(({ name, parameters, multiplyAdds }) => [name, parameters, multiplyAdds].join("\t")).join("\n")
      }
    >
      <Plot scene={scene} />
      <div class="dn-controls">
        <div class="dn-unshare">
          <label for="dn-unshare">Sharing</label>
          <input
            id="dn-unshare"
            type="range"
            min={0}
            max={2}
            value={shown}
            aria-valuetext={sharing.value}
            onInput={({ currentTarget }) => {
              sharing.value = sharings[currentTarget.valueAsNumber]!;
            }}
          />
          <output>
            {sharing.value}: <b>{grouped(costs[shown]!.parameters)}</b> parameters
          </output>
        </div>
        <Segments
          label="Bars"
          options={["linear", "log"]}
          value={isLog.value ? "log" : "linear"}
          onChange={(to) => {
            isLog.value = to === "log";
          }}
        />
      </div>
      <table class="dn-table">
        <caption class="hidden">Parameters and multiply-adds by sharing</caption>
        <thead>
          <tr>
            <td />
            <th scope="col" colSpan={2}>
              parameters
            </th>
            <th scope="col" colSpan={2}>
              multiply-adds an image
            </th>
          </tr>
        </thead>
        <tbody>
          {costs.map(({ name, parameters, multiplyAdds }, i) => (
            <tr key={name} class={i === shown ? "is-marked" : undefined}>
              <th scope="row">
                <button
                  type="button"
                  class="plain"
                  aria-pressed={i === shown}
                  onClick={() => {
                    sharing.value = name;
                  }}
                >
                  {name}
                </button>
              </th>
              <td class="bar-track">
                <Bar share={barShare(parameters, costs[2]!.parameters, isLog.value)} />
              </td>
              <td title={times(parameters, smallest!.parameters)}>{grouped(parameters)}</td>
              <td class="bar-track">
                <Bar share={barShare(multiplyAdds, costs[2]!.multiplyAdds, isLog.value)} />
              </td>
              <td title={times(multiplyAdds, smallest!.multiplyAdds)}>{grouped(multiplyAdds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Figure>
  );
}

const NEURONS = 1000;

export function Explosion() {
  const dense = denseParameters(side.value, NEURONS, colours.value);
  const convolution = convolutionParameters(colours.value);
  const pixels = side.value ** 2 * colours.value;
  const scene = (width: number, theme: ThemeName): Scene =>
    areaSquares({
      title: "Any image size",
      heading: false,
      theme,
      width,
      items: [
        { name: "Conv2D, 64 kernels", value: convolution },
        { name: "Dense, 1,000 neurons", value: dense },
      ],
    });
  return (
    <Figure
      title={`${grouped(pixels)} ${colours.value === 1 ? "pixels" : "numbers"} × ${grouped(NEURONS)} neurons`}
      name="explosion"
      svg={() => toSvg(scene(640, shownTheme.value))}
      data={() => `Conv2D\t${convolution}\nDense\t${dense}`}
      caption={`Fully connected: ${grouped(pixels)} × ${grouped(NEURONS)} weights and ${grouped(NEURONS)} biases are ${grouped(dense)} parameters, ${times(dense, convolution)} as many as the convolution's ${grouped(convolution)}, which no image size changes.`}
    >
      <div class="dn-controls">
        <Segments
          label="Side"
          options={[28, 100, 224]}
          value={[28, 100, 224].find((each) => each === side.value)}
          onChange={(to) => {
            side.value = to;
          }}
        />
        <Segments
          label="Colours"
          options={[1, 3]}
          value={colours.value}
          onChange={(to) => {
            colours.value = to;
          }}
        />
        <Slider
          label="Any side"
          unit="px"
          value={side.value}
          min={8}
          max={512}
          onChange={(to) => {
            side.value = Math.round(to);
          }}
        />
      </div>
      <Plot scene={scene} />
    </Figure>
  );
}
