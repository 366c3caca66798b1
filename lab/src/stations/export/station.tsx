/** Station 12: the network of the moment, its code, the run and the report, as files to keep. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { fileSize } from "../../base/numbers.ts";
import { AnswerField } from "../../parts/answer-field.tsx";
import { Notice as NoticeBox } from "../../parts/notice.tsx";
import { copyText, saveBlob } from "../../parts/save.ts";
import { Segments } from "../../parts/segments.tsx";
import { useAnswer } from "../../state/answer.ts";
import { answers, areKept, author, sign } from "../../state/answers.ts";
import { anyWeightsAt, engine, isTraining, network, run, runOptions, runSteps, runTests } from "../../state/engine.ts";
import { say } from "../../state/live.ts";
import { questionNames } from "../../state/questions.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { sample } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { makeReport } from "./make-report.ts";
import { type FormatName, formatNames, formats, type Report, runLines, writeReport } from "./state.ts";
import type { NetworkFile, Offer } from "./tasks.ts";
import "./export.css";

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function Headline() {
  return <>Take it with you</>;
}

function Question() {
  return (
    <p>
      A trained network is an architecture and some numbers, and other programs can use both. Which file does your next
      program read?
    </p>
  );
}

function Task() {
  return (
    <p>
      Save the network in a format that you know and open it there. Then answer the questions and save your report: one
      file with your words, the numbers and the figures of this moment.
    </p>
  );
}

function Noticed() {
  return <>that the weights make up nearly all of a file, four bytes each, whatever its format is.</>;
}

function Instrument() {
  const answered = useAnswer((signal) => {
    const at = anyWeightsAt.value;
    // Writing all formats would take its time from a run; each moment of it can be saved once it rests.
    if (network.value === undefined || isTraining.value) return undefined;
    return engine.call("task", { station: "export", task: "offer", input: { at } }, { signal }) as Promise<Offer>;
  });
  const { value, failure, isPending } = answered.value;
  const at = anyWeightsAt.value;
  return (
    <div class="export" aria-busy={isPending}>
      {failure !== undefined && <NoticeBox kind="error">{failure}</NoticeBox>}
      <section>
        <h3>The network {at === "shipped" ? "that comes with the page" : `of your run after step ${at}`}</h3>
        {isTraining.value && (
          <p class="soft">A run is training: pause it, or wait for its end, to save what it has learnt.</p>
        )}
        <Files offer={value} />
      </section>
      {value !== undefined && <CodeFiles offer={value} />}
      <RunFile />
      <ReportForm />
    </div>
  );
}

function Files({ offer }: { readonly offer: Offer | undefined }) {
  const fault = useSignal<string | undefined>(undefined);
  const save = async (format: FormatName) => {
    fault.value = undefined;
    try {
      const input = { at: anyWeightsAt.peek(), format };
      const files = (await engine.call("task", { station: "export", task: "save", input })) as readonly NetworkFile[];
      for (const { name, bytes } of files) saveBlob(new Blob([bytes]), name);
      say(`Saved ${files.map(({ name }) => name).join(" and ")}.`);
    } catch (error) {
      fault.value = messageOf(error);
    }
  };
  return (
    <>
      {fault.value !== undefined && <NoticeBox kind="error">{fault.value}</NoticeBox>}
      <ul class="export-files">
        {formatNames.map((format) => {
          const size = offer?.sizes[format];
          const { file, opens } = formats[format];
          return (
            <li key={format}>
              <code>{file}</code>
              <span class="soft">{typeof size === "string" ? size : opens}</span>
              <span class="export-size">{typeof size === "number" ? fileSize(size) : "…"}</span>
              <button
                type="button"
                disabled={typeof size !== "number" || isTraining.value}
                aria-label={`Save ${file}`}
                onClick={() => save(format)}
              >
                Save
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

const languages = ["TypeScript", "Python"] as const;

function CodeFiles({ offer }: { readonly offer: Offer }) {
  const language = useSignal<(typeof languages)[number]>("TypeScript");
  const told = useSignal("");
  const [code, name] = language.value === "Python" ? [offer.python, "network.py"] : [offer.typescript, "network.ts"];
  return (
    <section>
      <h3>The architecture as code</h3>
      <Segments
        label="Language"
        options={languages}
        value={language.value}
        onChange={(chosen) => {
          language.value = chosen;
          told.value = "";
        }}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre class="export-code" tabIndex={0} role="region" aria-label={`The network in ${language.value}`}>
        <code>{code}</code>
      </pre>
      <p class="export-buttons">
        <button
          type="button"
          onClick={async () => {
            told.value = (await copyText(code)) ? "copied" : "copying is not allowed here";
          }}
        >
          Copy
        </button>
        <button type="button" onClick={() => saveBlob(new Blob([code], { type: "text/plain" }), name)}>
          Save {name}, {fileSize(new Blob([code]).size)}
        </button>
        <span class="soft" role="status">
          {told.value}
        </span>
      </p>
    </section>
  );
}

function RunFile() {
  const options = runOptions.value;
  const lines = run.value === undefined || options === undefined ? undefined : runLines(options, runSteps, runTests);
  return (
    <section>
      <h3>The run</h3>
      <p class="soft">
        {lines === undefined
          ? "There is no run yet. Start one in “Train it”, and each of its steps becomes a line."
          : "A JSON object on each line: what the run was started with, then each step and each test."}
      </p>
      <p class="export-buttons">
        <button
          type="button"
          disabled={lines === undefined}
          onClick={() => saveBlob(new Blob([lines ?? ""], { type: "application/x-ndjson" }), "run.jsonl")}
        >
          Save run.jsonl{lines !== undefined && `, ${fileSize(new Blob([lines]).size)}`}
        </button>
      </p>
    </section>
  );
}

/** Numbers and figures of this moment; undefined before the network is open, and while a run is training. */
function lookAtAll(signal: AbortSignal): Promise<Pick<Report, "facts" | "figures">> | undefined {
  const [digits, at, index] = [samples.value, anyWeightsAt.value, sample.value];
  if (digits === undefined || network.value === undefined || isTraining.value) return undefined;
  const calls = [
    engine.call("predict", { images: digits.images, at }, { signal }),
    engine.call("featureMaps", { image: imageOf(digits, index), at }, { signal }),
    engine.call("weights", { at }, { signal }),
  ] as const;
  return Promise.all(calls).then(([{ probabilities, device }, { layers }, { weights }]) =>
    makeReport({
      ...{ samples: digits, sample: index, at, probabilities, device, layers },
      parameters: weights.reduce((sum, { data }) => sum + data.length, 0),
      ...{ options: runOptions.peek(), steps: runSteps, tests: runTests },
    }),
  );
}

function ReportForm() {
  const id = useId();
  const seen = useAnswer(lookAtAll);
  const { value, failure } = seen.value;
  const report = value && writeReport({ author: author.value, date: new Date(), answers: answers.value, ...value });
  return (
    <section>
      <h3>Your report</h3>
      {!areKept.value && (
        <NoticeBox kind="info">
          This browser keeps nothing for this page: save the report before you leave, or your answers are lost.
        </NoticeBox>
      )}
      <div class="answer-field">
        <label for={`${id}author`}>Your name</label>
        <input
          id={`${id}author`}
          type="text"
          value={author.value}
          autocomplete="name"
          onInput={({ currentTarget }) => sign(currentTarget.value)}
        />
      </div>
      {questionNames.map((name) => (
        <AnswerField key={name} name={name} />
      ))}
      {failure !== undefined && <NoticeBox kind="error">{failure}</NoticeBox>}
      <p class="export-buttons">
        <button
          type="button"
          class="main"
          disabled={report === undefined || isTraining.value}
          onClick={() => {
            saveBlob(new Blob([report ?? ""], { type: "text/html" }), "report.html");
            say("Saved report.html.");
          }}
        >
          Save report.html{report !== undefined && `, ${fileSize(new Blob([report]).size)}`}
        </button>
        {isTraining.value && <span class="soft">A run is training: pause it, or wait for its end.</span>}
      </p>
    </section>
  );
}

function Code() {
  return (
    <pre>
      <code>{`await model.save("downloads://network.keras");
await model.save("downloads://network.onnx");
await model.saveWeights("downloads://network.safetensors");

import { writePython } from "fovea/code";
writePython(model);`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Code };
