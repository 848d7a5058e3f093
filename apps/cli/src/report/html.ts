import { visible } from "../terminal.js";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A text as HTML; what could turn or hide the text around it is \uXXXX. */
export const escapeHtml = (text: string): string =>
  visible(text).replaceAll(/[&<>"]/g, (character) => ENTITIES[character] as string);

export const section = (title: string, content: string): string =>
  `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;

/** A table's cell: a text, a number (to the right), a column's head, or HTML as it stands. */
export const cell = (content: string, kind: "text" | "number" | "head" | "html" = "text"): string => {
  if (kind === "head") return `<th>${escapeHtml(content)}</th>`;
  if (kind === "number") return `<td class="number">${escapeHtml(content)}</td>`;
  return `<td>${kind === "html" ? content : escapeHtml(content)}</td>`;
};

export const rows = (cells: readonly (readonly string[])[]): string =>
  cells.map((row) => `<tr>${row.join("")}</tr>`).join("\n");
