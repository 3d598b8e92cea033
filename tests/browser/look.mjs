// Opens pages in Chromium and says what is not as it should be: requests, scripts, dialogs, elements and attributes that the
// report does not have, violations that axe finds, in light, in dark and on a phone. One JSON object for each page on stdout.
import { chromium } from "playwright-core";
import axe from "axe-core";
import { pathToFileURL } from "node:url";
import { statSync } from "node:fs";

const ELEMENTS = new Set((
  "html head meta title style body main p div h1 h2 h3 ul li b section dl dt dd small svg desc rect text circle span i table caption " +
  "thead tbody tr th td code article figure details summary pre footer"
).split(" "));
const ATTRIBUTES = new Set((
  "lang charset http-equiv content name class id aria-labelledby aria-label aria-hidden role tabindex scope height width x y rx dx cx cy r " +
  "text-anchor open"
).split(" "));

const browser = await chromium.launch({
  executablePath: process.env.UNTAINT_BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const views = [
  { name: "light", colorScheme: "light", viewport: { width: 1100, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1100, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 800 } },
];
for (const file of process.argv.slice(2)) {
  const wrong = [];
  let shown = 0;
  const quick = file.endsWith("!");
  const path = quick ? file.slice(0, -1) : file;
  for (const { name, ...view } of quick ? views.slice(0, 1) : views) {
    const context = await browser.newContext({ ...view, bypassCSP: false });
    const page = await context.newPage();
    const url = pathToFileURL(path).href;
    page.on("request", (request) => request.url() === url || wrong.push(`${name}: requests ${request.url().slice(0, 100)}`));
    page.on("dialog", (dialog) => { wrong.push(`${name}: a dialog`); dialog.dismiss(); });
    page.on("console", (message) => wrong.push(`${name}: console ${message.text().slice(0, 200)}`));
    page.on("pageerror", (error) => wrong.push(`${name}: error ${String(error).slice(0, 200)}`));
    const begun = performance.now();
    await page.goto(url, { waitUntil: "load" });
    await page.screenshot({ path: process.env.UNTAINT_PICTURES ? `${process.env.UNTAINT_PICTURES}/${name}.png` : undefined, fullPage: !quick });
    shown = Math.max(shown, performance.now() - begun);
    // The page's own scripts are forbidden by its policy; those of the test run beside it.
    const strange = await page.evaluate(([elements, attributes]) => {
      const found = [];
      for (const element of document.querySelectorAll("*")) {
        if (!elements.includes(element.localName)) found.push(`element ${element.localName}`);
        for (const { name } of element.attributes) if (!attributes.includes(name)) found.push(`attribute ${name} of ${element.localName}`);
      }
      for (const sheet of document.styleSheets) for (const rule of sheet.cssRules) if (/url\(|@import/.test(rule.cssText)) found.push("a style that fetches");
      if (document.scripts.length || document.links.length || document.images.length || document.forms.length) found.push("scripts, links, images or forms");
      if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide in ${innerWidth}`);
      return [...new Set(found)];
    }, [[...ELEMENTS], [...ATTRIBUTES]]);
    wrong.push(...strange.map((what) => `${name}: ${what}`));
    if (!quick) {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      wrong.push(...violations.map((v) => `${name}: axe ${v.id}, ${v.nodes.length} times, first ${v.nodes[0].target}`));
      if (process.env.UNTAINT_PICTURES && name === "light") await page.pdf({ path: `${process.env.UNTAINT_PICTURES}/print.pdf`, printBackground: true });
    }
    await context.close();
  }
  console.log(JSON.stringify({ file: path, bytes: statSync(path).size, milliseconds: Math.round(shown), wrong }));
}
await browser.close();
