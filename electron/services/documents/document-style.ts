/** For paper: black on white, large, nothing that a cheap printer swallows. */
export const DOCUMENT_STYLE = `
* { box-sizing: border-box; }
html { font-family: 'Noto Sans', 'Noto Sans Devanagari', 'Noto Sans Tamil', sans-serif; color: #000; background: #fff; }
body { margin: 0; }
.sheet { position: relative; overflow: hidden; padding: 12mm; display: flex; flex-direction: column; gap: 4mm; break-after: page; }
.sheet:last-child { break-after: auto; }
.a5 { width: 148mm; height: 209.5mm; font-size: 12pt; line-height: 1.45; }
.a4 { width: 210mm; height: 296.5mm; font-size: 10.5pt; line-height: 1.4; }
.a4.long { height: auto; min-height: 296.5mm; overflow: visible; box-decoration-break: clone; }
.long > * { break-inside: avoid; }
p, h1, h2, dl, dd, table { margin: 0; }
h1 { font-size: 1.35em; font-weight: 600; }
h2 { font-size: 1.1em; font-weight: 600; }
header { display: flex; justify-content: space-between; gap: 6mm; align-items: flex-start; border-bottom: .5mm solid #000; padding-bottom: 3mm; }
header .qr svg { width: 26mm; height: 26mm; display: block; }
footer { margin-top: auto; font-size: .72em; border-top: .2mm solid #000; padding-top: 2mm; }
.mark { border: .6mm solid #000; padding: 1mm 3mm; font-weight: 600; text-align: center; font-size: .85em; }
.soft { font-size: .85em; }
.advice { border: 1mm solid #000; border-radius: 4mm; padding: 5mm; display: flex; gap: 5mm; align-items: center; }
.advice p { min-width: 0; font-size: 2em; font-weight: 600; line-height: 1.3; }
.advice.long p { font-size: 1.6em; }
.icon { width: 24mm; height: 24mm; flex: none; fill: none; stroke: #000; stroke-width: 1.4; stroke-linecap: round; stroke-linejoin: round; }
.line { display: flex; gap: 3mm; align-items: center; }
.line .icon { width: 8mm; height: 8mm; }
.face { width: 16mm; fill: none; stroke: #000; stroke-width: 1.4; stroke-linecap: round; }
.face .this { fill: #000; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .8mm 4mm; }
dt { font-weight: 600; }
.eye dl { grid-template-columns: minmax(0, auto) minmax(56%, 1fr); }
dd { overflow-wrap: anywhere; }
.eyes { display: grid; grid-template-columns: 1fr 1fr; gap: 6mm; }
.eye { border: .3mm solid #000; border-radius: 2mm; padding: 3mm; display: flex; flex-direction: column; gap: 2mm; break-inside: avoid; }
.eye h2 { display: flex; align-items: center; gap: 3mm; }
.photographs { display: flex; flex-wrap: wrap; gap: 2mm; }
.photographs img { width: 36mm; height: 36mm; object-fit: cover; border-radius: 1mm; }
.tear { border-top: .4mm dashed #000; padding-top: 3mm; margin-top: auto; display: flex; flex-direction: column; gap: 3mm; }
.tear + footer { margin-top: 0; }
.blank { display: grid; grid-template-columns: max-content 1fr; gap: 3.5mm 4mm; }
.blank span { border-bottom: .2mm solid #000; min-height: 6.5mm; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; padding: 1mm 3mm 1mm 0; border-bottom: .2mm solid #999; vertical-align: top; }
code { font-family: inherit; font-size: .85em; overflow-wrap: anywhere; }
`;
