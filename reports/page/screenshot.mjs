// Takes a picture of a whole report: npm run screenshot -- IN.html OUT.png [--dark] [--width N] [--selector CSS]
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launchBrowser } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dark: { type: "boolean" }, width: { type: "string" }, selector: { type: "string" } },
});
const [input, output] = positionals;
if (input === undefined || output === undefined) {
  console.error("usage: npm run screenshot -- IN.html OUT.png [--dark] [--width N] [--selector CSS]");
  process.exit(2);
}
// npm runs scripts in the package's folder; names are meant from where the person stands.
const from = process.env.INIT_CWD ?? process.cwd();
const browser = await launchBrowser();
try {
  const page = await browser.newPage({
    viewport: { width: Number(values.width ?? 1280), height: 900 },
    colorScheme: values.dark ? "dark" : "light",
  });
  await page.goto(pathToFileURL(resolve(from, input)).href, { waitUntil: "load" });
  const path = resolve(from, output);
  if (values.selector === undefined) await page.screenshot({ path, fullPage: true });
  else await page.locator(values.selector).first().screenshot({ path });
} finally {
  await browser.close();
}
