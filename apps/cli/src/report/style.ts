/** The page's own style; the charts bring theirs. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #5d6878; --line: #dfe4ea; --paper: #fbfbf9; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0 .75rem; color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; margin: 1.25rem 0 0; }
.figures div { display: flex; flex-direction: column; }
.figures b { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: .85rem; }
.chart { margin: 1rem 0 1.5rem; }
.uplot, .u-title, .u-legend { font-family: inherit; }
.u-title { font-size: .95rem; text-align: left; font-weight: 600; }
figure { margin: 0 0 1.25rem; }
figcaption { font-size: .85rem; color: var(--soft); }
pre { margin: .25rem 0 0; padding: .8rem 1rem; background: #fff; border: 1px solid var(--line); border-radius: 6px;
  font: 15px/1.5 ui-serif, Georgia, serif; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.program { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre; overflow: auto; max-height: 32rem; }
table { border-collapse: collapse; font-size: .9rem; }
td:first-child { white-space: nowrap; }
td, th { padding: .2rem 1.25rem .2rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 0 2rem; }
details { margin: .35rem 0; }
summary { cursor: pointer; color: #2458a6; }
`;
