"""How a report looks: dark text on white, one color, words before pictures; wide and narrow screens, and paper."""

INK = "#1b1b1b"
QUIET = "#545454"  # of what explains
PAPER = "#ffffff"
COLOR = "#2b5c8a"  # of links, bars and columns
TINTS = ("#eef4f9", "#dce8f2", "#c9dceb", "#b5cfe4", "#a0c1dc")  # of cells, the highest last
REMOVED = "#fbf1ec"  # behind what was removed
REASON = "#7a2a10"  # says why

STYLE = f"""
:root {{ color-scheme: light; --sans: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, "Liberation Serif", serif; }}
* {{ box-sizing: border-box; }}
html {{ -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }}
body {{ margin: 0; background: {PAPER}; color: {INK}; font: 1.0625rem/1.55 var(--serif);
  overflow-wrap: break-word; }}
header, nav, main, footer {{ margin: 0 auto; max-width: 66rem; padding: 0 1.5rem; }}
header {{ padding-top: 3rem; }}
.skip {{ position: absolute; left: -99rem; padding: .5rem 1rem; background: {INK}; color: {PAPER};
  font-family: var(--sans); }}
.skip:focus {{ left: .5rem; top: .5rem; }}
h1 {{ margin: 0; font-size: 2.1rem; line-height: 1.2; font-weight: 600; letter-spacing: -.01em; }}
h2 {{ margin: 0 0 .75rem; font-size: 1.45rem; line-height: 1.25; font-weight: 600; }}
h3 {{ margin: 2rem 0 .5rem; font: 600 1.02rem/1.35 var(--sans); }}
h4 {{ margin: 0 0 .4rem; font: 600 .85rem/1.4 var(--sans); color: {QUIET}; }}
section {{ margin-top: 3.25rem; padding-top: 1.25rem; border-top: 1px solid #c9c9c9; }}
p {{ margin: 0 0 .8rem; max-width: 44rem; }}
p.note, caption, figcaption, .axis, summary, .meta {{ color: {QUIET}; font: .86rem/1.5 var(--sans); }}
p.lead {{ margin-top: .6rem; font-size: 1.15rem; }}
p.alarm {{ padding-left: .9rem; border-left: 4px solid {REASON}; }}
a {{ color: {COLOR}; text-underline-offset: .15em; }}
:focus-visible {{ outline: 3px solid #b04a00; outline-offset: 2px; }}
nav ol {{ margin: 1.5rem 0 0; padding: 0; list-style: none; columns: 17rem; font: .95rem/1.75 var(--sans); }}
dl {{ display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.4rem; margin: 1rem 0;
  font: .93rem/1.5 var(--sans); }}
dt {{ color: {QUIET}; }}
dd {{ margin: 0; }}
code {{ padding: .05rem .25rem; background: #f3f3f1; font: .88em/1.4 ui-monospace, "SF Mono", Consolas, monospace; }}
code.whole {{ white-space: nowrap; }}
.url {{ overflow-wrap: anywhere; }}
.scroll {{ position: relative; margin: 1.1rem 0; overflow-x: auto; }}
table {{ border-collapse: collapse; overflow-wrap: normal; font: .88rem/1.45 var(--sans);
  font-variant-numeric: tabular-nums; }}
caption {{ padding: 0 0 .45rem; text-align: left; }}
caption span {{ display: block; max-width: min(44rem, calc(100vw - 2rem)); }}
th, td {{ padding: .28rem 1.1rem .28rem 0; border-bottom: 1px solid #e4e4e4; text-align: left; vertical-align: top;
  font-weight: 400; }}
thead th, thead td {{ border-bottom: 1.5px solid {INK}; color: {QUIET}; vertical-align: bottom; font-size: .8rem; }}
tfoot th, tfoot td {{ border-top: 1.5px solid {INK}; border-bottom: 0; font-weight: 600; }}
.n {{ text-align: right; white-space: nowrap; }}
.d {{ white-space: nowrap; }}
.w {{ min-width: 17rem; overflow-wrap: anywhere; }}
.w code {{ white-space: nowrap; }}
p code {{ overflow-wrap: anywhere; }}
.b {{ width: 12rem; min-width: 5rem; }}
svg {{ display: block; fill: {COLOR}; }}
svg.bar {{ width: 100%; height: .62rem; margin-top: .35rem; }}
svg.columns {{ width: 100%; height: 4.2rem; border-bottom: 1px solid {INK}; }}
svg.few, .axis.few {{ width: 100%; max-width: 12rem; }}
.calendar {{ width: 100%; table-layout: fixed; }}
.calendar th, .calendar td {{ padding: .25rem .3rem; text-align: right; border-bottom: 1px solid #ededed; }}
.calendar tbody td {{ border-left: 2px solid {PAPER}; }}
.calendar th:first-child {{ width: 3.4rem; text-align: left; }}
.l1 {{ background: {TINTS[0]}; }} .l2 {{ background: {TINTS[1]}; }} .l3 {{ background: {TINTS[2]}; }}
.l4 {{ background: {TINTS[3]}; }} .l5 {{ background: {TINTS[4]}; }}
.panels {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem 2.5rem;
  margin: 1.2rem 0; }}
figure {{ display: flex; flex-direction: column; justify-content: flex-end; margin: 0; min-width: 0; }}
figcaption {{ margin-bottom: .3rem; }}
figcaption b {{ color: {INK}; font-weight: 600; }}
.axis {{ display: flex; justify-content: space-between; font-size: .78rem; }}
.axis.classes span {{ flex: 1 1 0; min-width: 0; white-space: nowrap; text-align: center; }}
details {{ margin: .6rem 0; }}
summary {{ cursor: pointer; color: {COLOR}; width: fit-content; max-width: 100%; }}
.record {{ margin-top: 2.5rem; }}
.record h3 {{ margin: 0 0 .2rem; font: 600 1.2rem/1.3 var(--serif); }}
.meta {{ margin: 0 0 .15rem; max-width: none; }}
.sides {{ display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1rem 2rem; margin-top: .9rem; }}
.text {{ max-height: 26rem; overflow: auto; padding: .9rem 1.1rem; border: 1px solid #d4d4d4; }}
.text.out {{ background: {REMOVED}; font-size: .95rem; }}
.plain {{ margin: 0; max-width: none; white-space: pre-line; unicode-bidi: plaintext; }}
.why {{ margin: .1rem 0 1rem; color: {REASON}; font: .8rem/1.4 var(--sans); }}
.why:last-child {{ margin-bottom: 0; }}
ol.cluster {{ margin: .4rem 0 1.6rem; padding-left: 1.4rem; font-size: .98rem; }}
ol.cluster li {{ margin-bottom: .35rem; }}
footer {{ margin-top: 3.5rem; padding-top: 1rem; padding-bottom: 3rem; color: {QUIET}; font: .86rem/1.5 var(--sans); }}
@media (max-width: 44rem) {{
  body {{ font-size: 1rem; }}
  header, nav, main, footer {{ padding-left: 1rem; padding-right: 1rem; }}
  header {{ padding-top: 1.75rem; }}
  h1 {{ font-size: 1.6rem; }}
  .sides {{ grid-template-columns: minmax(0, 1fr); }}
  .calendar {{ min-width: 28rem; font-size: .72rem; }}
  .calendar th, .calendar td {{ padding: .2rem .1rem; }}
  .calendar thead th {{ font-size: .68rem; }}
  .axis.classes {{ font-size: .62rem; }}
  dl {{ grid-template-columns: minmax(0, 1fr); gap: 0; }}
  dd {{ margin-bottom: .45rem; }}
}}
@media print {{
  body {{ font-size: 10pt; }}
  header, nav, main, footer {{ max-width: none; padding: 0; }}
  .text, .scroll {{ max-height: none; overflow: visible; }}
  h2, h3, h4, figcaption, caption {{ break-after: avoid; }}
  tr, figure {{ break-inside: avoid; }}
  svg, .calendar td, .text.out {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
}}
"""
