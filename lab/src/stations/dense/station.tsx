/** Station 4: a convolution against full connection. */
import { grouped } from "../../base/numbers.ts";
import type { Station } from "../station.ts";
import { Duel } from "./duel.tsx";
import { Explosion, Sharing } from "./sharing.tsx";
import { costOf } from "./state.ts";
import "./dense.css";

function Headline() {
  return (
    <>
      The same outputs from {grouped(costOf("shared", 28).parameters)} numbers, or from{" "}
      {grouped(costOf("dense", 28).parameters)}
    </>
  );
}

function Question() {
  return (
    <p>
      A <b>fully connected</b> layer has a weight for each pixel and neuron; a convolution uses one small kernel at
      every place (<b>weight sharing</b>). How much does that save, and what does it buy besides?
    </p>
  );
}

function Task() {
  return (
    <p>
      Take the sharing away step by step. Then let a CNN and a fully connected network of equal size learn from the same
      batches, and shuffle the pixels.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that locally connected weights cost the same multiply-adds as shared ones: sharing saves memory, not arithmetic.
      And that one fixed shuffle of all pixels leaves the fully connected network as it was, because it never knew which
      pixels are neighbours.
    </>
  );
}

function Instrument() {
  return (
    <div class="dn">
      <Sharing />
      <Explosion />
      <Duel />
    </div>
  );
}

function Maths() {
  return (
    <>
      <p>
        With k × k kernels, c colours, f filters and o places: shared <code>(k²c + 1) · f</code>, locally connected{" "}
        <code>(k²c + 1) · o · f</code>, dense <code>(n²c + 1) · o · f</code> parameters. The first two multiply{" "}
        <code>k²c · o · f</code> times an image.
      </p>
      <p>
        The duel: the handout's CNN has 203,434 parameters and 11,190,528 multiply-adds an image; Flatten, Dense(256)
        and Dense(10) have 203,530 and 203,264.
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`const mlp = new Sequential([
  new Flatten({ inputShape: [28, 28, 1] }),
  new Dense({ units: 256, activation: "relu" }),
  new Dense({ units: 10, activation: "softmax" }),
]);
mlp.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"] });
for (const [images, targets] of batches) {
  await cnn.trainOnBatch(images, targets);
  await mlp.trainOnBatch(images, targets);
}`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
