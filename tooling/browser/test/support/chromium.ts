import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is: CHROMIUM names it, else where systems put it. undefined where there is none. */
export const chromiumPath = (): string | undefined => process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));

export const NO_CHROMIUM = "no Chromium in CHROMIUM or /usr/bin; backends are not tested in a browser";

const FLAGS = [
  // WebGPU on a machine without a GPU: SwiftShader, which Chromium brings.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  // The sandbox needs rights that containers do not have. What runs in it is our own code.
  "--no-sandbox",
  // Containers have little shared memory.
  "--disable-dev-shm-usage",
  "--disable-background-networking",
];

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: FLAGS, headless: true });

/** A page, and all that went wrong in it: errors, what it wrote to the console as one, requests that failed or left `origin`. */
export async function openPage(browser: Browser, origin: string): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.stack ?? error.message}`));
  page.on("crash", () => problems.push("the page crashed"));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(blob|data):/.test(url)) problems.push(`requested ${url}`);
  });
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(`${origin}/`);
  return { page, problems };
}
