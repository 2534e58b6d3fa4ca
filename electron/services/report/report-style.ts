/** Inline, so that the report is one file; the system's fonts, so that it asks nobody for any. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1a1d21; --paper: #fff; --soft: #5b6470; --line: #d4d9df; --alarm: #a61b1b; --warn: #8a5a00; --box: #f5f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --paper: #16181b; --soft: #a4adb8; --line: #3a4048; --alarm: #ff8a80; --warn: #ffcc66; --box: #1f2226; } }
@media print { :root { --ink: #000; --paper: #fff; --soft: #444; --line: #999; --alarm: #a61b1b; --warn: #6b4600; --box: #fff; } nav { display: none; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans Devanagari", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; } h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; } .soft { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.limits { border: 2px solid var(--warn); padding: .75rem 1rem; margin: 1rem 0; background: var(--box); }
article { border: 1px solid var(--line); padding: 1rem; margin: 1rem 0; break-inside: avoid; }
article.urgent { border: 2px solid var(--alarm); } .advice { font-weight: 700; } .urgent .advice { color: var(--alarm); }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: .75rem; }
figure { margin: 0; width: 20rem; max-width: 100%; } figcaption { font-size: .9rem; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; }
.photo { position: relative; background: #000 center / 100% 100% no-repeat var(--photo); overflow: hidden; print-color-adjust: exact; }
.heat { position: absolute; background: center / 100% 100% no-repeat; border-radius: 50%; print-color-adjust: exact; }
table { border-collapse: collapse; } th, td { text-align: start; padding: .15rem .75rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
nav a { margin-inline-end: .5rem; } a { color: inherit; }
`;
