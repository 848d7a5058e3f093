// What a page of Markdown links to, and the anchors that it has, as GitHub makes them.

import GithubSlugger from "github-slugger";
import { lexer, walkTokens } from "marked";

/**
 * @param {string} markdown
 * @returns {{ links: string[], anchors: Set<string> }} links and pictures in order of mention; anchors without `#`
 */
export function linksOf(markdown) {
  /** @type {string[]} */
  const links = [];
  /** @type {Set<string>} */
  const anchors = new Set();
  const slugger = new GithubSlugger();
  walkTokens(lexer(markdown), (token) => {
    if (token.type === "link" || token.type === "image") links.push(token.href);
    if (token.type === "heading") anchors.add(slugger.slug(plain(token)));
    if (token.type === "html")
      for (const [, href] of token.raw.matchAll(/\b(?:href|src)="([^"]+)"/g)) links.push(href ?? "");
  });
  return { links, anchors };
}

/**
 * A token's text without its marks.
 * @param {any} token
 * @returns {string}
 */
const plain = (token) => (token.tokens ? token.tokens.map(plain).join("") : (token.text ?? ""));
