import { ANSWER_STYLES } from './answerStyles.ts';
import { LIGHT_BOX_STYLES } from './lightBoxStyles.ts';
import { PICTURE_STYLES } from './pictureStyles.ts';
import { TABLE_STYLES } from './tableStyles.ts';

const COLOURS = `
:root{color-scheme:light dark;--paper:#f4f6f8;--card:#fff;--ink:#161b22;--soft:#535d6b;--line:#dde2e8;--accent:#09645f;
--accent-soft:#e1f2f0;--bad:#b42338;--bad-soft:#fdecee;--warn:#8a5800;--warn-soft:#fdf3df;--shade:#eceff3;--cool:#30499b;--cool-soft:#e8ecf8;
--shadow:0 1px 2px rgb(16 24 40/.06),0 6px 20px rgb(16 24 40/.05)}
@media (prefers-color-scheme:dark){:root{--paper:#0f1217;--card:#171b22;--ink:#e9edf2;--soft:#a3adba;--line:#2a313b;
--accent:#4fd1c5;--accent-soft:#14302f;--bad:#ff8a98;--bad-soft:#3a1a20;--warn:#f2c14e;--warn-soft:#33280f;--shade:#1e242c;--cool:#9db0ff;--cool-soft:#1c2440;
--shadow:none}}`;

const BASE = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:4rem;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:0 clamp(.9rem,3.2vw,3rem) 3rem;max-width:2200px;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,h4,p,dl,dd,ul,figure,fieldset{margin:0;padding:0}
h1,h2,h3,h4{line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
h1{font-size:clamp(1.5rem,1.2rem + 1vw,2.1rem);font-weight:720}
h2{font-size:clamp(1.35rem,1.15rem + .7vw,1.75rem);font-weight:700}
h3{font-size:1.06rem;font-weight:680}
ul{list-style:none}
fieldset{border:0;min-width:0}
small{font-size:.8125rem;font-weight:400}
a{color:var(--accent)}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
img{display:block}
button,select,input{font:inherit;color:inherit}
button,select{font-size:.9375rem;font-weight:600;background:var(--shade);border:1px solid var(--line);border-radius:9px;padding:.3rem .75rem;cursor:pointer;min-height:2.4rem}
select{font-weight:500;max-width:100%}
button:hover:not([aria-disabled=true]){border-color:var(--accent)}
button[aria-disabled=true]{color:var(--soft);opacity:.55;cursor:default}
button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--card)}
input[type=search]{padding:.4rem .75rem;border:1px solid var(--line);border-radius:9px;background:var(--card);min-width:min(18rem,100%)}
input[type=checkbox]{accent-color:var(--accent);width:1.05rem;height:1.05rem;vertical-align:-.15rem}
input[type=range]{accent-color:var(--accent)}
summary{cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.vh{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px;top:0;padding:.6rem 1rem;background:var(--card);z-index:9}
.skip:focus{left:.5rem;top:.5rem}
.note{color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
html:not(.scripted) .scripts,html:not(.scripted) .bar{display:none}
.chips{display:flex;flex-wrap:wrap;gap:.35rem;font-size:.9375rem;color:var(--soft)}
.chips span,.chip{padding:.05rem .6rem;border-radius:99px;background:var(--shade);overflow-wrap:anywhere;font-weight:500;font-size:.9rem}
.chips b,.chip b{color:var(--ink);font-weight:650}`;

const HEADER = `
header{padding:clamp(1.2rem,2.4vw,2rem) 0 0}
.opening{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem 3rem;align-items:end}
@media (min-width:1000px){.opening{grid-template-columns:minmax(0,1fr) auto}}
.kicker{color:var(--accent);font-weight:650;font-size:.875rem;margin-bottom:.25rem}
.lead{max-width:52rem;margin-top:.35rem;color:var(--soft);overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2.2rem}
.facts dt{color:var(--soft);font-size:.8125rem}
.facts dd{font-size:1.15rem;font-weight:680;letter-spacing:-.01em;line-height:1.3}
.facts small{display:block;letter-spacing:0;color:var(--soft);line-height:1.35}
.facts div:first-child small{color:var(--accent);font-weight:600}
nav{display:flex;gap:0 1.4rem;overflow-x:auto;margin:1rem calc(-1*clamp(.9rem,3.2vw,3rem)) 0;padding:0 clamp(.9rem,3.2vw,3rem);border-bottom:1px solid var(--line);position:sticky;top:0;z-index:6;background:var(--paper)}
nav a{padding:.6rem 0;font-weight:600;text-decoration:none;white-space:nowrap;border-bottom:2px solid transparent;font-size:.9375rem}
nav a:hover{border-color:currentcolor}
.notice{margin-top:1.1rem;max-width:68rem;padding:.9rem 1.2rem;border-radius:12px;background:var(--warn-soft);border:1px solid var(--warn)}
.notice ul{margin-top:.5rem;list-style:disc;padding-left:1.2rem}
.notice li{overflow-wrap:anywhere;font-size:.9375rem}`;

const SECTIONS = `
section{margin-top:clamp(1.6rem,3vw,2.6rem)}
#answer{margin-top:1.3rem}
.head{max-width:62rem;margin-bottom:1rem}
.head p{margin-top:.35rem;color:var(--soft)}
.scroll{overflow-x:auto;overscroll-behavior-x:contain}
table{border-collapse:collapse}
th{font-weight:600;text-align:left}
.charts{display:grid;gap:1.1rem;grid-template-columns:minmax(0,1fr)}
@media (min-width:1000px){.charts{grid-template-columns:repeat(auto-fill,minmax(30rem,1fr))}.charts .wide{grid-column:1/-1}}
.charts:empty{display:none}
.chart{padding:1rem 1.1rem;background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow);overflow:hidden;min-width:0}
.chart figcaption{margin-bottom:.5rem}
.chart img{max-width:100%;height:auto;background:#fff;border-radius:6px}
.canvas{position:relative}
.empty{color:var(--soft)}
.reasons{padding:0 0 .8rem;font-size:.875rem;color:var(--soft);max-width:60rem}
.reasons li{overflow-wrap:anywhere}.reasons b{color:var(--ink)}
pre{margin:.6rem 0 0;padding:.9rem 1.1rem;max-height:34rem;overflow:auto;background:var(--card);border:1px solid var(--line);border-radius:12px;line-height:1.5;tab-size:2}
.copy{float:right;margin:.9rem .5rem 0 0;min-height:2rem;padding:.1rem .6rem;font-size:.8125rem;position:relative;z-index:1}
.article{max-width:50rem;font-size:1.05rem}
.article>*+*{margin-top:.9rem}.article h2,.article h3,.article h4{margin-top:1.6rem}
.article ul,.article ol{padding-left:1.4rem;list-style:disc}.article ol{list-style:decimal}
.article table{width:100%}.article :is(th,td){padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.article blockquote{margin:0;padding-left:1rem;border-left:3px solid var(--line);color:var(--soft)}
.quoted{padding:.9rem 1.1rem;background:var(--card);border:1px solid var(--line);border-radius:12px}
.claim b{font-size:1.15rem}
.fine{max-width:46rem;margin-top:2rem;color:var(--soft);font-size:.9375rem}
.fine p{margin-top:.5rem;overflow-wrap:anywhere}.fine h3{color:var(--ink)}
.files{margin-top:1.5rem}
@media print{body{max-width:none;background:#fff}.scroll{overflow:visible}nav,.skip,.bar{display:none}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}`;

/** The style sheet of the page. Colours are pairs of at least 4.5 to 1 on their backgrounds, in both schemes. */
export const STYLES = [
  COLOURS,
  BASE,
  HEADER,
  SECTIONS,
  ANSWER_STYLES,
  PICTURE_STYLES,
  TABLE_STYLES,
  LIGHT_BOX_STYLES,
].join('\n');
