// The page of the tests of pictures: it reads pictures that it fetches.

import { imageFromBlob, type Preprocessing } from "@throughtime/vision";

/** What the page offers. */
export interface PicturesApi {
  read(url: string, preprocessing: Preprocessing): Promise<{ shape: readonly number[]; data: number[] }>;
}

const api: PicturesApi = {
  async read(url, preprocessing) {
    const { shape, data } = await imageFromBlob(await (await fetch(url)).blob(), preprocessing);
    return { shape, data: Array.from(data) };
  },
};

(globalThis as { pictures?: PicturesApi }).pictures = api;
