/** The lab's page: opens the engine and the digits while the shell is drawn. */
import { render } from "preact";
import { App } from "./shell/app.tsx";
import { openEngine } from "./state/engine.ts";
import { loadSamples } from "./state/samples.ts";

void openEngine();
void loadSamples();
const place = document.getElementById("lab")!;
place.replaceChildren();
render(<App />, place);
