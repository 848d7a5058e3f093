import type { Browser } from "playwright-core";

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A text in a picture. */
export interface Placed {
  readonly label: string | null;
  readonly leans: boolean;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where the texts of an SVG picture stand, and how large it is. Throws where the picture is not well-formed. */
export async function laidOut(browser: Browser, svg: string) {
  const page = await browser.newPage();
  await page.goto(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`);
  const fault = page.locator("parsererror");
  if ((await fault.count()) > 0)
    throw new Error(`the picture is not well-formed: ${await fault.first().textContent()}`);
  const texts = await Promise.all(
    (await page.locator("text").all()).map(async (text): Promise<Placed> => {
      const { x: left, y: top, width, height } = (await text.boundingBox()) as Box;
      const leans = (await text.getAttribute("transform")) !== null;
      return { label: await text.textContent(), leans, left, top, right: left + width, bottom: top + height };
    }),
  );
  await page.close();
  const [, width, height] = svg.match(/width="([\d.]+)" height="([\d.]+)"/) ?? [];
  return { width: Number(width), height: Number(height), texts };
}

/** Texts that stand on one another. */
export const meetings = (texts: readonly Placed[]): readonly (readonly [string | null, string | null])[] =>
  texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter(
        (b) =>
          Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
          Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1,
      )
      .map((b) => [a.label, b.label] as const),
  );
