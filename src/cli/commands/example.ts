/** `fovea example`: what CNNs are for, as programs that train in minutes. */
import { ArgumentError } from "../../index.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { joinProcesses } from "../distributed.ts";
import { exampleNames, loadExample } from "../example-programs.ts";
import type { CliHost } from "../host.ts";
import { deviceOption, distributedOption, naturalNumber, positiveInteger, threadsOption } from "../options.ts";
import { type ExampleOptions, runExample } from "../run-example.ts";

export const defineExample: DefineCommand = (command) => {
  command
    .argument("[name]", exampleNames.join(", "))
    .argument("[files...]", "the user's own files, for programs that answer to some")
    .option("--list", "the programs, what they reach, and what --data takes")
    .option("--data <folder>", "train on data of one's own instead of what the program draws")
    .option("--load <file>", "take a trained model; with --epochs it is trained further")
    .option("--save <file>", "write the trained model, also when it is stopped by Ctrl+C")
    .option("--epochs <n>", "passes over the training rows (default: the program's own)", positiveInteger)
    .option("--seed <n>", "another seed draws other data, weights and orders", naturalNumber, 1)
    .option("--limit <n>", "draw only n rows to train on, and fewer to test on", positiveInteger)
    .option("--svg <file>", "write the picture of what the model sees")
    .option("--png <file>", "the same as PNG (needs the package sharp)")
    .option("--film <file>", "write an animated SVG of what it sees over time (video, driving)")
    .option("--no-baselines", "leave out the networks that it is compared with")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(distributedOption())
    .option("--json", "one JSON object per line on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea example --list\n  fovea example detection --svg boxes.svg\n  fovea example segmentation --save pets.keras\n  fovea example search picture.png --load search.keras --svg nearest.svg\n",
    );
  return (host) => {
    const [name, ...files] = command.args;
    const options = command.opts<ExampleOptions & { readonly list?: true }>();
    return options.list ? list(options, host) : host.finishing(() => run(name, files, options, host));
  };
};

async function list({ json }: { readonly json?: true }, host: CliHost): Promise<number> {
  for (const name of exampleNames) {
    const { summary, goals, layout } = await loadExample(name);
    const reached = Object.entries(goals).map(([figure, goal]) => `${figure} ${goal} or more`);
    if (json) host.out(jsonLine({ event: "example", name, summary, goals, layout }));
    else host.out(`${name.padEnd(13)} ${summary}\n${" ".repeat(14)}${reached.join(", ")}; --data: ${layout}\n`);
  }
  return 0;
}

async function run(
  name: string | undefined,
  files: readonly string[],
  options: ExampleOptions & { readonly distributed?: true },
  process: CliHost,
): Promise<number> {
  if (name === undefined)
    throw new ArgumentError(`fovea example: name a program: ${exampleNames.join(", ")}. --list tells more of them.`);
  const example = await loadExample(name);
  if (files.length > 0 && example.answer === undefined)
    throw new ArgumentError(
      `fovea example ${name}: takes no files, got "${files[0]}"; --data takes a folder to train on.`,
    );
  if (options.film !== undefined && example.film === undefined)
    throw new ArgumentError(`--film: fovea example ${name} has no film; video and driving have one.`);
  const { host, isFirst } = options.distributed ? await joinProcesses(process) : { host: process, isFirst: true };
  const { save: _save, svg: _svg, png: _png, film: _film, ...withoutFiles } = options;
  return runExample(example, files, isFirst ? options : withoutFiles, host);
}
