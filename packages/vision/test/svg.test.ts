import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { preprocessing } from "@throughtime/vision";
import { decodeAll, readImage } from "@throughtime/vision/node";
import { describe, expect, test } from "vitest";
import { BLUE, largestDifference, picture, pixelOf, RED } from "./support/pictures.js";

const rgb = (colour: readonly number[]) => `rgb(${colour.join(",")})`;
const svg = (content: string, head = `width="40" height="20"`) =>
  Buffer.from(`<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" ${head}>${content}</svg>`);
const HALVES = `<rect width="20" height="20" fill="${rgb(RED)}"/><rect x="20" width="20" height="20" fill="${rgb(BLUE)}"/>`;
const declared = (options: object = {}) =>
  preprocessing({ size: [40, 40], scale: 1, background: [0, 255, 0], ...options });
const thrown = (bytes: Uint8Array): Promise<Error> =>
  readImage({ name: "a.svg", bytes }, declared()).then(
    () => expect.fail("it was drawn"),
    (error) => error,
  );

describe("an SVG", () => {
  test("is drawn at the size that is needed, so that its edges are sharp", async () => {
    const cover = await readImage(svg(HALVES), declared());
    expect([0, 19, 20, 39].map((x) => pixelOf(cover, 20, x))).toEqual([RED, RED, BLUE, BLUE]);
    const contain = await readImage(svg(HALVES), declared({ fit: "contain" }));
    expect([9, 10, 29, 30].map((y) => pixelOf(contain, y, 5))).toEqual([[0, 255, 0], RED, RED, [0, 255, 0]]);
    const fill = await readImage(svg(HALVES), declared({ fit: "fill" }));
    expect([0, 39].map((y) => pixelOf(fill, y, 39))).toEqual([BLUE, BLUE]);
  });

  test("has a size by its viewBox alone", async () => {
    const array = await readImage(svg(HALVES, `viewBox="0 0 40 20"`), declared({ fit: "contain" }));
    expect(pixelOf(array, 20, 39)).toEqual(BLUE);
    expect(pixelOf(array, 0, 0)).toEqual([0, 255, 0]);
  });

  test("of half-transparent colours is laid over the background: its pixels are not multiplied by alpha twice", async () => {
    const half = svg(`<rect width="40" height="20" fill="rgb(200,100,0)" fill-opacity="0.5"/>`);
    const array = await readImage(half, declared());
    const expected = [100, (100 + 255) / 2, 0];
    expect(largestDifference(pixelOf(array, 20, 20), expected)).toBeLessThanOrEqual(1.5);
  });

  test("begins with a comment, a byte order mark or a document type", async () => {
    const text = svg(HALVES).toString().replace(/^.*\n/, "");
    const doctype = `<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>`;
    for (const head of ["<!-- made by hand -->", "\ufeff", " \n", doctype]) {
      expect(pixelOf(await readImage(Buffer.from(head + text), declared()), 20, 0)).toEqual(RED);
    }
  });

  test("loads nothing: not from the network, not from files, not from what it holds", async () => {
    const folder = mkdtempSync(join(tmpdir(), "throughtime-svg-"));
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const png = await picture(8, 8, () => RED)
        .png()
        .toBuffer();
      const path = join(folder, "red.png");
      writeFileSync(path, png);
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/red.png`;
      for (const href of [address, path, `file://${path}`, `data:image/png;base64,${png.toString("base64")}`]) {
        const image = `<image width="40" height="20" href="${href}"/>`;
        expect((await thrown(svg(image))).message).toMatch(
          /a\.svg is an SVG with an <image>, and no pictures are loaded/,
        );
      }
      const prefixed = `<s:image xmlns:s="http://www.w3.org/2000/svg" href="${path}" width="40" height="20"/>`;
      expect((await thrown(svg(prefixed))).message).toMatch(/with an <image>/);
      const filter = `<filter id="f"><feImage href="${path}"/></filter><rect width="40" height="20" filter="url(#f)"/>`;
      expect((await thrown(svg(filter))).message).toMatch(/with an <image>/);
      const entity = `<!DOCTYPE svg [<!ENTITY i "&#60;image href='${path}' width='40' height='20'/>">]>`;
      const hidden = entity + svg("&i;").toString().replace(/^.*\n/, "");
      expect((await thrown(Buffer.from(hidden))).message).toMatch(/whose entities hold markup/);
      const elsewhere = `<style>@import url("${address}");</style><use href="${address}#a"/>`;
      const array = await readImage(svg(elsewhere + HALVES), declared());
      expect(pixelOf(array, 20, 0)).toEqual(RED);
      expect(requests).toBe(0);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("that is broken, without size, endless or packed is refused by its name", async () => {
    const group = (i: number) => `<g id="a${i + 1}">${`<use href="#a${i}"/>`.repeat(10)}</g>`;
    const laughs = `<defs><rect id="a0" width="1" height="1"/>${Array.from({ length: 9 }, (_, i) => group(i)).join("")}</defs>`;
    const cases: [Uint8Array, RegExp][] = [
      [Buffer.from("<svg"), /a\.svg is not a picture: it is a text/],
      [Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><rect`), /a\.svg is not an SVG that can be drawn/],
      [svg("", `width="0" height="0"`), /a\.svg is not an SVG that can be drawn/],
      [svg(`${laughs}<use href="#a9"/>`), /a\.svg is not an SVG that can be drawn: .*limit/],
      [
        svg(HALVES, `viewBox="0 0 1 1000000"`),
        /drawn: it is so long and narrow that it would be 40 × 40000000 pixels\.$/,
      ],
      [gzipSync(svg(HALVES)), /a\.svg is not a picture: it begins with the bytes 1f 8b/],
    ];
    for (const [bytes, message] of cases) {
      const error = await thrown(bytes);
      expect(error.name).toBe("DataError");
      expect(error.message).toMatch(message);
    }
  });

  test("is one of many that are drawn at once, and given in order", async () => {
    const grey = (i: number) => [i, i, i];
    const sources = Array.from({ length: 60 }, (_, i) => {
      const circles = '<circle r="9"/>'.repeat(i % 7 === 0 ? 3000 : 1);
      const bytes = svg(`${circles}<rect width="40" height="20" fill="${rgb(grey(i))}"/>`);
      return { name: `${i}.svg`, bytes: i === 20 ? svg("<image/>") : bytes };
    });
    const drawn: unknown[] = [];
    for await (const { source, array, error } of decodeAll(sources, declared(), { concurrency: 6 })) {
      drawn.push(error ? source.name : pixelOf(array, 20, 20));
    }
    expect(drawn).toEqual(sources.map((_, i) => (i === 20 ? "20.svg" : grey(i))));
  });

  test("that asks for endless work or more memory than there is, is an error after seconds, and the next one is drawn", async () => {
    const red = `<rect width="100" height="100" fill="red"`;
    const tile = `<pattern id="p" width="30000" height="30000" patternUnits="userSpaceOnUse">${red}/></pattern>`;
    const noise = `<filter id="f"><feTurbulence baseFrequency="0.05" numOctaves="2000000000"/></filter>`;
    const folder = mkdtempSync(join(tmpdir(), "throughtime-svg-"));
    try {
      const paths = Object.entries({
        memory: svg(`${tile}<rect width="100" height="100" fill="url(#p)"/>`, `viewBox="0 0 100 100"`),
        time: svg(`${noise}${red} filter="url(#f)"/>`, `viewBox="0 0 100 100"`),
        good: svg(HALVES),
      }).map(([name, bytes]) => {
        writeFileSync(join(folder, `${name}.svg`), bytes);
        return join(folder, `${name}.svg`);
      });
      const results: (string | number[])[] = [];
      for await (const { array, error } of decodeAll(paths, declared(), { concurrency: 3 })) {
        results.push(array ? pixelOf(array, 20, 0) : error.message);
      }
      expect(results).toEqual([
        expect.stringMatching(/memory\.svg is not an SVG that can be drawn: drawing it failed, .* 512 MiB/),
        expect.stringMatching(/time\.svg is not an SVG that can be drawn: it takes more than 5 seconds/),
        RED,
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
