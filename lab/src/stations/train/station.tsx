/** Station 6: a run under the visitor's hands, and what a step of it is. */
import { run } from "../../state/engine.ts";
import type { Station } from "../station.ts";
import { Controls } from "./controls.tsx";
import { Curves } from "./curves.tsx";
import { ExaminationView } from "./examination.tsx";
import { Losses } from "./losses.tsx";
import { MicroscopeView } from "./microscope.tsx";
import "./train.css";

function Headline() {
  return <>How do random numbers learn to read?</>;
}

function Question() {
  return (
    <p>
      A <b>training step</b> shows the network 32 digits, measures how wrong it is (the <b>loss</b>), and asks of every
      weight which way it should move (the <b>gradient</b>). The <b>optimizer</b> decides how far.
    </p>
  );
}

function Task() {
  return (
    <p>
      Train it, and move the learning rate while it runs. Then start before the first step and take the steps one by one
      under the microscope.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that Adam’s first move is as long as the learning rate, however small the gradient: it divides the gradient by its
      own size. Plain SGD takes the gradient as it is. The training curve is a batch’s own, so it trembles; the circles
      are 500 digits that are never trained on.
    </>
  );
}

function Instrument() {
  return (
    <div class="train">
      <Controls />
      <Curves />
      {run.value !== undefined && <ExaminationView />}
      <h3 class="train-title">One weight under the microscope</h3>
      <MicroscopeView />
      <Losses />
    </div>
  );
}

function Maths() {
  return (
    <>
      <p>
        With the gradient g of the loss by a weight w, Adam (Kingma and Ba, 2014) keeps a mean <code>m</code> of g and a
        mean <code>v</code> of g², both with a memory that fades, and moves w by <code>−η · m̂ ⁄ √v̂</code>. The hats undo
        that both means begin at 0.
      </p>
      <p>
        Crossentropy is <code>−ln p</code> of the true class. Its slope by the sums under softmax is <code>p − y</code>:
        it never dies while the answer is wrong. With squares it does, where p is near 0.
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`model.compile({
  optimizer: "adam",
  loss: "categorical_crossentropy",
  metrics: ["accuracy"],
});
await model.fit(images, targets, { epochs: 2, batchSize: 32 });
model.optimizer.learningRate = 1e-4; // also while it runs`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
