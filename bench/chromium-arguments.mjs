// @ts-check
/** What Chromium is started with, in benches and in tests. */

/**
 * Features that are turned off. The last such list of a command line is the one that counts, so it has those of Playwright's own that
 * a page of this machine meets, and the suggestions below the address bar: pages of the browser's own that take two seconds of
 * processor time from the first page that is opened.
 */
const disabledFeatures = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
];

export const chromiumArguments = ["--no-sandbox", `--disable-features=${disabledFeatures.join(",")}`];
