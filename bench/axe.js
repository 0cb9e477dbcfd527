// One page after another in headless Chromium under axe-core; started by axe.sh.
const fs = require("fs"), path = require("path"), { pathToFileURL } = require("url");
const puppeteer = require("puppeteer-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const SCHEMES = ["light", "dark"], WIDTHS = [1200, 640, 400];

/** The pages meant: a file itself, of a folder every .html in it. */
function pages(given) {
  if (!fs.existsSync(given)) throw new Error(`there is no ${given}`);
  if (!fs.statSync(given).isDirectory()) return [given];
  const found = fs.readdirSync(given).filter((name) => name.endsWith(".html")).sort();
  if (!found.length) throw new Error(`no page in ${given}`);
  return found.map((name) => path.join(given, name));
}

/** What is wrong with a page in one colour scheme at one width; [] for nothing. */
async function check(browser, file, scheme, width) {
  const page = await browser.newPage(), wrong = [];
  page.on("request", (one) => /^(data|file):/.test(one.url()) || wrong.push(`request for ${one.url()}`));
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(path.resolve(file)).href);
  const beyond = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  if (beyond > 0) wrong.push(`${beyond} pixels wider than the window`);
  const run = `${axe}; axe.run(document, {resultTypes: ["violations"]}).then((all) => all.violations.map((one) => ({id: one.id, help: one.help,
    where: one.nodes.slice(0, 3).map((node) => node.target.join(" ") + ": " + node.failureSummary)})))`;
  for (const one of await page.evaluate(run)) wrong.push(`${one.id}: ${one.help}\n      ${one.where.join("\n      ")}`);
  await page.close();
  return wrong;
}

(async () => {
  const files = process.argv.slice(2).flatMap(pages);
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  let failed = 0;
  for (const file of files) {
    let bad = 0;
    for (const scheme of SCHEMES) {
      for (const width of WIDTHS) {
        for (const one of await check(browser, file, scheme, width)) {
          console.log(`${file} (${scheme}, ${width})\n    ${one}`);
          bad += 1;
        }
      }
    }
    console.log(`${file}: ${bad ? `${bad} violations` : "no violation"} in ${SCHEMES.length * WIDTHS.length} views`);
    failed += bad;
  }
  await browser.close();
  process.exit(failed ? 1 : 0);
})().catch((problem) => { console.error(problem.message); process.exit(2); });
