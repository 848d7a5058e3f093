import { printable } from "@throughtime/core";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as HTML; control characters and what could turn or hide the text around it are \uXXXX. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replaceAll(/[^\n\t]+/g, (part) => printable(part, Infinity))
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** A part of the page with its heading. */
export const part = (title: string, content: string): string =>
  `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;

export const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .filter((one) => one.trim() !== "")
    .map((one) => `<p>${escapeHtml(one.trim())}</p>`)
    .join("\n");
