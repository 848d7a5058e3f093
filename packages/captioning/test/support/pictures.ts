import { bytesOf, type Files, type Host, memoryFiles, memoryHost } from "@throughtime/task";
import type { ImageSource } from "@throughtime/vision";
import { decodeAll } from "@throughtime/vision/node";

const COLOURS = ["red", "blue"] as const;
const SHAPES = ["disc", "bar"] as const;

/** A picture with one shape on it. */
export function shapeSvg(colour: string, shape: string, i: number): string {
  const [x, y, r] = [10 + ((i * 7) % 13), 10 + ((i * 5) % 11), 5 + (i % 3)];
  const drawn =
    shape === "disc"
      ? `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>`
      : `<rect x="${x - r / 3}" y="${y - 8}" width="${(2 * r) / 3}" height="20" fill="${colour}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="white"/>${drawn}</svg>`;
}

/** A folder as Flickr8k has it: pictures, two captions of each, and lists of the parts. */
export function flickr(folder: string, copies: number): Record<string, string> {
  const files: Record<string, string> = {};
  const lines: string[] = [];
  const lists = { train: [] as string[], dev: [] as string[], test: [] as string[] };
  for (let i = 0; i < copies; i++) {
    for (const colour of COLOURS) {
      for (const shape of SHAPES) {
        const name = `${colour}-${shape}-${i}.svg`;
        files[`${folder}/Images/${name}`] = shapeSvg(colour, shape, i);
        lines.push(`${name}#0\tA ${colour} ${shape} .`, `${name}#1\tThere is a ${colour} ${shape} .`);
        lists[i % 6 === 4 ? "dev" : i % 6 === 5 ? "test" : "train"].push(name);
      }
    }
  }
  const part = (name: string, list: readonly string[]) => ({
    [`${folder}/Flickr_8k.${name}Images.txt`]: list.join("\n"),
  });
  return {
    ...files,
    [`${folder}/Flickr8k.token.txt`]: lines.join("\n"),
    ...part("train", lists.train),
    ...part("dev", lists.dev),
    ...part("test", lists.test),
  };
}

/** Files in memory, and a host that decodes their pictures as Node does. */
export function place(contents: Record<string, string | Uint8Array>): { readonly files: Files; readonly host: Host } {
  const files = memoryFiles(contents);
  const located = async function* (sources: Iterable<ImageSource> | AsyncIterable<ImageSource>) {
    for await (const source of sources) {
      if (!("path" in source)) yield source;
      else {
        const bytes = await bytesOf(files, source.path, { most: 1e6 }).catch(() => new Uint8Array());
        yield { name: source.name, bytes };
      }
    }
  };
  return { files, host: { ...memoryHost({ files }), images: (sources, how) => decodeAll(located(sources), how) } };
}
