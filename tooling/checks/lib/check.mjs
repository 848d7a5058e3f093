/**
 * @typedef {object} Check one thing that npm test holds the repository to
 * @property {string} name how it is called on the command line
 * @property {string} what what it checks, in a few words
 * @property {boolean} [needsBuild] whether it reads dist
 * @property {() => Promise<readonly string[]>} run the failures, each legible by itself; none means that it passed
 */

export {};
