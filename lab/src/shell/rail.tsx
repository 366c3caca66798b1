import { stations } from "../stations/index.ts";
import { current, goTo } from "./navigation.ts";

/** The stations as dots; their names show on hover and focus. */
export function Rail() {
  return (
    <nav class="rail" aria-label="Stations">
      <ol>
        {stations.map(({ name, number, title }) => (
          <li key={name}>
            <a
              href={`#${name}`}
              aria-current={current.value === name ? "location" : undefined}
              onClick={(event) => {
                event.preventDefault();
                goTo(name);
              }}
            >
              <span class="rail-name">
                {number} {title}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
