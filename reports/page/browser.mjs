// Starts the system's Chromium for screenshots and browser tests: no download, no profile, nothing that calls home.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

// Each launch gets a new profile folder, which goes with the browser.
export function launchBrowser() {
  if (browserPath === undefined) throw new Error("no Chromium found; install it with: apt-get install chromium");
  return chromium.launch({
    executablePath: browserPath,
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}
