/** The page's own style: light or dark as the reader's system is, and as wide as the screen. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6878; --line: #dfe4ea; --paper: #fbfbf9; --card: #fff; --link: #2458a6;
  --series-0: #2458a6; --series-1: #c2410c; --series-2: #15803d; --series-3: #7e22ce; --series-4: #0e7490; --series-5: #be185d; --series-6: #a16207; --series-7: #57534e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #333b47; --paper: #14181f; --card: #1c222b; --link: #8ab4f8;
  --series-0: #7aa9f0; --series-1: #f28a4b; --series-2: #5cc485; --series-3: #c58af5; --series-4: #4fc3dc; --series-5: #f27ab0; --series-6: #dcb24f; --series-7: #b5b0aa; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0 .75rem; color: var(--soft); overflow-wrap: anywhere; }
a, summary { color: var(--link); }
summary { cursor: pointer; }
details { margin: .35rem 0; }
.soft { color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: .75rem 2.25rem; margin: 1.25rem 0 0; }
.figures div { display: flex; flex-direction: column; }
.figures b { font-size: 1.6rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: .85rem; }
figure { margin: 0 0 1.25rem; }
figcaption { font-size: .85rem; color: var(--soft); }
.chart { margin: 1rem 0 1.5rem; }
.chart figcaption { font-size: .95rem; font-weight: 600; color: var(--ink); }
.chart svg { display: block; max-width: 100%; height: auto; font: 12px system-ui, "Segoe UI", Roboto, sans-serif; overflow: hidden; }
.chart text { fill: var(--soft); }
.chart .grid { stroke: var(--line); fill: none; }
.chart .mark { stroke: var(--soft); stroke-dasharray: 4 3; fill: none; }
.chart .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.chart .faint { stroke-width: 1; opacity: .35; }
.chart .band { fill: transparent; }
.chart .band:hover { fill: var(--ink); fill-opacity: .09; }
.narrow { display: none; }
@media (max-width: 34rem) { .wide { display: none; } .narrow { display: block; } main { padding: 1.5rem 1rem 3rem; } }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; list-style: none; margin: .15rem 0 0; padding: 0; font-size: .85rem; color: var(--soft); }
.legend i { display: inline-block; width: 1.3em; border-top: 3px solid; vertical-align: middle; margin-right: .4em; }
.legend i.faint { opacity: .35; }
.legend i.dots { width: .6em; height: .6em; border: 0; border-radius: 50%; background: currentColor; }
.legend i.dashed { border-top-style: dashed; }
pre { margin: .25rem 0 0; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  font: 15px/1.5 ui-serif, Georgia, serif; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.code { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre; overflow: auto; max-height: 32rem; }
.examples { list-style: none; margin: .25rem 0 0; padding: .6rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
.examples li { padding: .15rem 0; overflow-wrap: anywhere; }
.examples .right .output { color: var(--series-2); }
.examples .wrong .output { color: var(--series-1); }
.picture { display: inline-block; margin: 0 1rem 1rem 0; max-width: 100%; }
.picture img { max-width: 100%; background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: .5rem; }
.attention { margin: 1rem 0 2rem; break-inside: avoid; }
.attention figcaption { font-size: .95rem; margin-bottom: .5rem; overflow-wrap: anywhere; }
.attention figcaption b { color: var(--ink); }
.attention .right { color: var(--series-2); }
.attention .wrong { color: var(--series-1); }
.attention ul { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .6rem .5rem; list-style: none; margin: 0; padding: 0; }
.attention li { width: var(--side); max-width: 100%; break-inside: avoid; text-align: center; line-height: 1.3; overflow-wrap: anywhere; }
@media (max-width: 34rem) { .attention li { width: calc(.7 * var(--side)); font-size: .9rem; } }
.attention svg { display: block; width: 100%; height: auto; border-radius: 3px; outline: 1px solid var(--line); }
.attention li span { display: block; margin-bottom: .15rem; }
.attention p { font-size: .85rem; margin: .5rem 0 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: .25rem 0 .75rem; }
th { font-weight: 600; }
td, th { padding: .25rem 1.1rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
td.long { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.columns { columns: 19rem; column-gap: 2rem; }
.columns > div { break-inside: avoid; }
.columns h3 { margin-top: 0; }
@media print { details > * { display: block; } }
`;
