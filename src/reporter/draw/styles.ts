import { PICTURE_STYLES } from './pictureStyles.ts';

const COLOURS = `
:root{color-scheme:light dark;--paper:#f4f6f8;--card:#fff;--ink:#161b22;--soft:#535d6b;--line:#dde2e8;--accent:#0b7a75;
--accent-soft:#e3f2f1;--bad:#b42338;--bad-soft:#fdecee;--warn:#8a5800;--warn-soft:#fdf3df;--shade:#eceff3;
--shadow:0 1px 2px rgb(16 24 40/.06),0 4px 16px rgb(16 24 40/.05)}
@media (prefers-color-scheme:dark){:root{--paper:#0f1217;--card:#171b22;--ink:#e9edf2;--soft:#a3adba;--line:#2a313b;
--accent:#4fd1c5;--accent-soft:#14302f;--bad:#ff8a98;--bad-soft:#3a1a20;--warn:#f2c14e;--warn-soft:#33280f;--shade:#1e242c;
--shadow:none}}`;

const BASE = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:0 clamp(.9rem,3.2vw,3rem) 3rem;max-width:2560px;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,h4,p,dl,dd,ul,figure{margin:0;padding:0}
h1,h2,h3,h4{line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
h1{font-size:clamp(2rem,1.3rem + 2.2vw,3.2rem);font-weight:750}
h2{font-size:clamp(1.45rem,1.2rem + .8vw,1.9rem);font-weight:700}
h3{font-size:1.06rem;font-weight:680}
ul{list-style:none}
small{font-size:.8125rem;font-weight:400}
a{color:var(--accent)}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
img{display:block}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.vh{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px;top:0;padding:.6rem 1rem;background:var(--card);z-index:9}
.skip:focus{left:.5rem;top:.5rem}
.note{color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}`;

const HEADER = `
header{padding:clamp(1.6rem,3.4vw,3rem) 0 0}
.opening{display:grid;grid-template-columns:minmax(0,1fr);gap:1.5rem 3rem;align-items:end}
@media (min-width:1000px){.opening{grid-template-columns:minmax(0,46rem) minmax(0,36rem);justify-content:space-between}}
.kicker{color:var(--accent);font-weight:650;font-size:.875rem;margin-bottom:.5rem}
.lead{max-width:46rem;margin-top:.9rem;font-size:clamp(1.05rem,1rem + .3vw,1.25rem);color:var(--soft);overflow-wrap:anywhere}
.lead strong{color:var(--ink);font-weight:620}
.facts{display:grid;grid-template-columns:1fr 1fr;gap:1px;
background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden;box-shadow:var(--shadow)}
.facts div{background:var(--card);padding:.75rem 1.1rem}
.facts dt{color:var(--soft);font-size:.875rem}
.facts dd{font-size:1.5rem;font-weight:700;letter-spacing:-.02em;line-height:1.25}
.facts small{display:block;letter-spacing:0;color:var(--soft);line-height:1.4;margin-top:.1rem}
.facts div:first-child small{color:var(--accent);font-weight:600}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;margin-top:1.2rem;padding-bottom:.2rem;border-bottom:1px solid var(--line)}
@media (max-width:480px){nav{column-gap:.9rem;font-size:.9375rem}}
nav a{padding:.35rem 0;font-weight:600;text-decoration:none;border-bottom:2px solid transparent}
nav a:hover{border-color:currentcolor}
.notice{margin-top:1.4rem;max-width:68rem;padding:.9rem 1.2rem;border-radius:12px;background:var(--warn-soft);border:1px solid var(--warn)}
.notice ul{margin-top:.5rem;list-style:disc;padding-left:1.2rem}
.notice li{overflow-wrap:anywhere;font-size:.9375rem}`;

const SECTIONS = `
section{margin-top:clamp(1.6rem,3vw,2.6rem)}
.head{max-width:60rem;margin-bottom:1.1rem}
.head p{margin-top:.4rem;color:var(--soft)}
@media (min-width:2300px){main{display:grid;grid-template-columns:minmax(0,72rem) minmax(0,1fr);gap:0 3rem}#pictures,#provenance{grid-column:1/-1}}
.scroll{overflow-x:auto;overscroll-behavior-x:contain}
table{border-collapse:collapse}
th{font-weight:600;text-align:left}
.chart{padding:clamp(.5rem,1.2vw,1rem);background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow);max-width:72rem;overflow:hidden}
.chart+h3,.empty+h3{margin-top:1.4rem}
#losses h3{margin-bottom:.6rem}
.chart img{width:100%;height:auto}
.chart figcaption{display:grid;gap:.15rem;padding:.6rem .4rem .2rem;color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
.empty{color:var(--soft)}
#trials .scroll{background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow);max-width:82rem}
.trials{width:100%}
.trials th,.trials td{padding:.5rem .9rem;border-bottom:1px solid var(--line);white-space:nowrap;text-align:left}
.trials thead th{color:var(--soft);font-size:.875rem;background:var(--shade);vertical-align:bottom}
.trials tbody tr:last-child>*{border-bottom:0}
.trials .base{color:var(--soft)}
.trials .number{text-align:right}
.thumbnails{display:flex;gap:4px;align-items:center}
.thumbnails img,.thumbnails .gap{width:44px;height:44px;border-radius:6px;object-fit:contain;background:var(--shade)}
.more{color:var(--soft);font-size:.875rem;padding-left:.2rem}
.badge{display:inline-flex;align-items:center;gap:.45rem;font-size:.9375rem}
.badge::before{content:"";width:.6rem;height:.6rem;border-radius:50%;background:var(--accent)}
.failed .badge{color:var(--bad);font-weight:600}.failed .badge::before{background:var(--bad);border-radius:1px}
.missing .badge{color:var(--warn)}.missing .badge::before{background:none;border:2px solid var(--warn)}
.trials .state small{display:block;white-space:normal;min-width:14rem;max-width:26rem;color:var(--soft);overflow-wrap:anywhere}
.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:1.6rem}
@media (min-width:900px){.columns{grid-template-columns:minmax(0,4fr) minmax(0,5fr);max-width:82rem}}
.plain{width:100%;height:fit-content}
.plain th,.plain td{padding:.5rem .5rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
.plain th{color:var(--soft);font-weight:500;width:9.5rem}
pre{margin:.6rem 0 0;padding:1rem 1.2rem;max-height:34rem;overflow:auto;background:var(--card);border:1px solid var(--line);border-radius:14px;line-height:1.5;tab-size:2}
.fine{max-width:46rem;margin-top:2rem;color:var(--soft);font-size:.9375rem}
.fine p{margin-top:.5rem;overflow-wrap:anywhere}.fine h3{color:var(--ink)}
@media print{body{max-width:none;background:#fff}.scroll{overflow:visible}nav,.skip{display:none}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}`;

/** The style sheet of the page. Colours are pairs of at least 4.5 to 1 on their backgrounds, in both schemes. */
export const STYLES = [COLOURS, BASE, HEADER, SECTIONS, PICTURE_STYLES].join('\n');
