/** What stands below the network: it is loaded once the network has answered, which must not wait for it. */
import { Draw } from "./draw.tsx";
import { Recorded } from "./recorded.tsx";

export function More() {
  return (
    <div class="see-more">
      <Draw />
      <Recorded />
    </div>
  );
}
