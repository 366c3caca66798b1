/** Station 3: convolution in pictures. */
import type { Station } from "../station.ts";
import { Channels } from "./channels.tsx";
import { Controls } from "./controls.tsx";
import { Arithmetic, Pooled } from "./products.tsx";
import { ImageFigure, KernelFigure, OutputFigure } from "./slide.tsx";
import "./convolution.css";

function Headline() {
  return <>A small window slides over the picture, and asks one question everywhere</>;
}

function Question() {
  return (
    <p>
      A <b>convolution</b> lays a small grid of weights, the <b>kernel</b>, over the picture, multiplies each weight
      with the pixel below it and adds up. What does the map of these sums show, and what do padding, stride and
      dilation do to it?
    </p>
  );
}

function Task() {
  return (
    <p>
      Slide the window over the digit with the pointer or the arrow keys and follow the nine products. Then change one
      weight of the kernel.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that a kernel whose weights add up to 0 is silent wherever the picture is even: the map shows edges. The same nine
      weights are used at every place.
    </>
  );
}

function Instrument() {
  return (
    <div class="cv">
      <div class="cv-slide">
        <ImageFigure />
        <KernelFigure />
        <OutputFigure />
      </div>
      <Arithmetic />
      <Controls />
      <Pooled />
      <Channels />
    </div>
  );
}

function Maths() {
  return (
    <>
      <p>
        <code>out[y, x] = b + Σ w[i, j] · in[y·s + i·d − p, x·s + j·d − p]</code> with stride s, dilation d and padding
        p. Strictly this is a cross-correlation: a convolution in the mathematical sense turns the kernel by half a turn
        first.
      </p>
      <p>
        With padding "valid" the side is <code>⌊(n − (k − 1)·d − 1) / s⌋ + 1</code>, with "same" <code>⌈n / s⌉</code>.
        Over several channels the products of all of them are added: the second layer has 3 × 3 × 64 weights a filter.
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`import { Sequential } from "fovea";
import { Conv2D, MaxPooling2D } from "fovea/layers";

const model = new Sequential([
  new Conv2D({ filters: 64, kernelSize: 3, strides: 1, padding: "valid", activation: "relu", inputShape: [28, 28, 1] }),
  new MaxPooling2D({ poolSize: 2 }),
]);
const [kernel, bias] = model.getWeights(); // [3, 3, 1, 64] and [64]`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
