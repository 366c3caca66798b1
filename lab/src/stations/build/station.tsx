/** Station 5: a network as cards, as TypeScript and as Keras's Python; what is built here is what station 6 trains. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { Choice } from "../../parts/choice.tsx";
import { Notice } from "../../parts/notice.tsx";
import { oneOf } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { builtNetwork, engine, network } from "../../state/engine.ts";
import { address } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { CardView } from "./card-view.tsx";
import { CodeView } from "./code-view.tsx";
import { Costs } from "./costs.tsx";
import {
  type Card,
  type CardClass,
  cardClasses,
  insert,
  makeCard,
  move,
  parseCards,
  presetOf,
  presets,
  printCards,
  remove,
  replace,
} from "./state.ts";
import type { Description } from "./tasks.ts";
import "./build.css";

const handout = presets["the handout"]!;
const cards = address.signal<readonly Card[]>("build.cards", handout, { parse: parseCards, print: printCards });
const added = address.signal<CardClass>("build.add", "Conv2D", oneOf(cardClasses));

function Headline() {
  return <>Build your own, and see what it costs</>;
}

function Question() {
  return (
    <p>
      A <b>sequential model</b> is a list of layers; each takes what the one before it gives. Its shapes, its weights
      and its work follow from the list alone.
    </p>
  );
}

function Task() {
  return (
    <p>
      Take a preset, change a kernel, and watch the numbers of the cards below it. Then paste Keras code of your own, or
      the handout’s, into “Python”.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that nine of ten weights of the handout’s network are in its last layer, and nine of ten multiplications in its
      second convolution. “MLP 256” has as many weights and needs a fiftieth of the work.
    </>
  );
}

function Instrument() {
  const past = useSignal<readonly (readonly Card[])[]>([]);
  const change = (next: readonly Card[]) => {
    if (next === cards.peek()) return;
    past.value = [...past.peek(), cards.peek()].slice(-50);
    cards.value = next;
  };
  const undo = () => {
    cards.value = past.value.at(-1)!;
    past.value = past.value.slice(0, -1);
  };
  const answer = useAnswer((signal) => {
    const input = cards.value;
    if (network.value === undefined) return undefined;
    return engine.call("task", { station: "build", task: "describe", input }, { signal }) as Promise<Description>;
  });
  const preset = presetOf(cards.value);
  useSignalEffect(() => {
    const json = answer.value.value?.json;
    const name = presetOf(cards.value);
    builtNetwork.value =
      json === undefined || name === "the handout"
        ? undefined
        : { json, name: name === undefined ? "the network that you built" : `the network “${name}”` };
  });
  const { value, failure } = answer.value;
  return (
    <div class="build" aria-busy={answer.value.isPending}>
      <div class="build-presets">
        {Object.entries(presets).map(([name, list]) => (
          <button key={name} type="button" aria-pressed={name === preset} onClick={() => change(list)}>
            {name}
          </button>
        ))}
        <button type="button" disabled={past.value.length === 0} onClick={undo}>
          Undo
        </button>
      </div>
      {failure !== undefined && <Notice kind="error">{failure}</Notice>}
      <div class="build-sides">
        <div>
          <p class="build-input">Image, 28 × 28 × 1</p>
          <ol class="build-cards">
            {cards.value.map((card, at) => (
              <CardView
                key={at}
                {...{ card, at }}
                isLast={at === cards.value.length - 1}
                facts={value?.facts[at]}
                fault={value?.fault?.at === at ? value.fault.words : undefined}
                onChange={(next) => change(replace(cards.peek(), at, next))}
                onMove={(by) => change(move(cards.peek(), at, by))}
                onCopy={() => change(insert(cards.peek(), at + 1, card))}
                onRemove={() => change(remove(cards.peek(), at))}
              />
            ))}
          </ol>
          <div class="build-add">
            <Choice<CardClass>
              label="layer"
              value={added.value}
              options={cardClasses.map((name) => [name, name])}
              onChange={(name) => {
                added.value = name;
              }}
            />
            <button
              type="button"
              onClick={() => change(insert(cards.peek(), Math.max(0, cards.peek().length - 1), makeCard(added.value)))}
            >
              Add before the last
            </button>
            <button
              type="button"
              onClick={() => change(insert(cards.peek(), cards.peek().length, makeCard(added.value)))}
            >
              Add at the end
            </button>
          </div>
        </div>
        <div>
          {value !== undefined && <Costs description={value} />}
          {value !== undefined && <CodeView description={value} onPaste={change} />}
        </div>
      </div>
    </div>
  );
}

function Maths() {
  return (
    <p>
      A convolution with kernel k from c to f maps has <code>(k² · c + 1) · f</code> weights and does{" "}
      <code>k² · c · f</code> multiplications at each place of its output. A Dense layer from n to u has{" "}
      <code>(n + 1) · u</code> weights and uses each once.
    </p>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths };
