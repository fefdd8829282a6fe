/**
 * The photos, the tables of pictures and the light box. `--pic` is the side of a picture; small ones are enlarged
 * smoothly, which shows a 64-pixel picture for what it depicts and not for its pixels.
 */
export const PICTURE_STYLES = `
:root{--pic:clamp(54px,16vw,68px)}
@media (min-width:700px){:root{--pic:96px}}
@media (min-width:700px) and (max-width:1499px){.dense{--pic:76px}}
@media (min-width:1500px){:root{--pic:112px}}
@media (min-width:2300px){.dense{--pic:88px}}
.subject{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem 1.6rem}
.subject+.subject{margin-top:2.6rem;padding-top:2.2rem;border-top:1px solid var(--line)}
aside h3{font-size:1.2rem}
aside .note{margin-top:.25rem}
.photos{display:flex;gap:6px;overflow-x:auto}
@media (max-width:1099px){.subject{row-gap:.25rem}aside{display:contents}
.photos{position:sticky;top:0;z-index:3;padding:.5rem 0;background:var(--paper)}
html{scroll-padding-top:4.5rem}}
.photos img,.photos .gap{width:48px;height:48px;border-radius:8px;object-fit:cover;background:var(--shade);border:1px solid var(--line)}
@media (min-width:1100px){.subject{grid-template-columns:13.5rem minmax(0,1fr)}
aside{position:sticky;top:1.2rem;align-self:start;max-height:calc(100vh - 2.4rem);overflow-y:auto}
.photos{display:grid;grid-template-columns:1fr 1fr;margin-top:.7rem;overflow:visible}
.photos img,.photos .gap{width:100%;height:auto;aspect-ratio:1}}
.grids{display:flex;flex-wrap:wrap;gap:1.4rem;align-items:flex-start}
.grid{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem 0 .9rem;box-shadow:var(--shadow);width:fit-content;max-width:100%}
.grid:focus{outline:none}
.prompt{padding:0 1.1rem .55rem;font-size:1.06rem;font-weight:650;max-height:9rem;overflow:auto;white-space:pre-wrap}
.prompt::before{content:open-quote}.prompt::after{content:close-quote}
.chips{display:flex;flex-wrap:wrap;gap:.35rem;padding:0 1.1rem .6rem;font-size:.875rem;color:var(--soft)}
.chips span{padding:.05rem .6rem;border-radius:99px;background:var(--shade);overflow-wrap:anywhere}
.chips b{color:var(--ink);font-weight:600}
.pictures th,.pictures td{padding:5px 7px;vertical-align:top}
.pictures thead th{padding-bottom:4px;font-size:.9375rem;white-space:nowrap}
.pictures thead small{color:var(--soft)}
.pictures thead th:nth-child(2) small{margin-left:.4rem}
.pictures .corner{min-width:5.4rem;padding-left:1.1rem;color:var(--soft);font-size:.8125rem;vertical-align:bottom;line-height:1.25}
.pictures tbody th{padding:0 .7rem 0 1.1rem;vertical-align:middle;white-space:nowrap;position:sticky;left:0;background:var(--card);z-index:1}
.pictures tr>:last-child{padding-right:1.1rem}
.pictures .base{background:linear-gradient(var(--line),var(--line)) right/1px 100% no-repeat}
.pictures td.none{color:var(--soft);text-align:center;vertical-align:middle}
.seeds{display:grid;grid-template-columns:repeat(2,var(--pic));gap:4px}
.seeds-1 .seeds{grid-template-columns:var(--pic)}
.seeds-3 .seeds,.seeds-5 .seeds,.seeds-6 .seeds{grid-template-columns:repeat(3,var(--pic))}
.seeds-7 .seeds{grid-template-columns:repeat(4,var(--pic))}
.seeds figure,.seeds .gap{width:var(--pic);height:var(--pic)}
.pic{display:block;width:100%;height:100%;border-radius:8px;overflow:hidden;cursor:zoom-in;background:var(--shade)}
.pic img{width:100%;height:100%;object-fit:contain;transition:transform .15s}
.pic:hover img{transform:scale(1.06)}
.pic:focus-visible{border-radius:8px}
.gap{display:grid;place-items:center;border-radius:8px;background:var(--shade);color:var(--soft);font-size:.8125rem}
.gap.missing{border:1.5px dashed var(--line)}
.gap.failed{background:var(--bad-soft);color:var(--bad);font-weight:600;border:1.5px solid}
.reasons{padding:.6rem 1.1rem 0;font-size:.875rem;color:var(--soft);max-width:60rem}
.reasons li{overflow-wrap:anywhere}.reasons b{color:var(--ink)}
.seeds figcaption{display:none}
@media (max-width:699px){
.pictures .corner{min-width:0}.pictures .corner,.pictures tbody th{padding-left:.7rem;padding-right:.3rem;font-size:.8125rem}
.pictures .corner span{display:block;width:3.2rem}
.pictures th,.pictures td{padding-left:3px;padding-right:3px}
.pictures tr>:last-child{padding-right:.7rem}
.pictures thead th{font-size:.8125rem}.pictures thead th small{display:block;margin:0!important;font-size:.75rem}
.seeds-1 .seeds,.seeds-2 .seeds,.seeds-3 .seeds{grid-template-columns:var(--pic)}
.seeds-4 .seeds,.seeds-5 .seeds,.seeds-6 .seeds,.seeds-7 .seeds{grid-template-columns:repeat(2,var(--pic))}}
.large,dialog{background:var(--card);color:var(--ink)}
html:not(.scripted) figure:target{position:fixed;inset:0;z-index:20;width:auto;height:auto;display:grid;
grid-template-rows:minmax(0,1fr) auto;gap:1rem;padding:1.2rem;background:var(--card)}
html:not(.scripted) figure:target .pic{border-radius:0;background:none;cursor:default}
html:not(.scripted) figure:target img{transform:none}
html:not(.scripted) figure:target figcaption{display:grid;gap:.2rem;justify-items:center;text-align:center;overflow-wrap:anywhere}
.close{font-weight:600}
dialog{width:min(40rem,calc(100vw - 1.6rem));max-height:calc(100dvh - 1.6rem);padding:0;border:1px solid var(--line);border-radius:16px;
box-shadow:0 24px 80px rgb(0 0 0/.35);overflow:auto}
dialog::backdrop{background:rgb(8 11 16/.72)}
dialog:focus-visible{outline:none}
dialog .stage{display:grid;place-items:center;background:var(--shade)}
dialog .stage img{width:min(100%,32rem,100dvh - 15rem);height:auto;aspect-ratio:1;object-fit:contain}
dialog .words{padding:1rem 1.2rem .4rem;display:grid;gap:.25rem;overflow-wrap:anywhere}
dialog .words span{color:var(--soft);font-size:.9375rem}
dialog .words .close{display:none}
dialog .keys{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem;padding:.6rem 1.2rem 1.1rem}
dialog button{font:inherit;font-size:.9375rem;font-weight:600;color:var(--ink);background:var(--shade);border:1px solid var(--line);
border-radius:9px;padding:.35rem .8rem;cursor:pointer;min-height:2.5rem}
dialog button:hover:not([aria-disabled=true]){border-color:var(--accent)}
dialog button[aria-disabled=true]{color:var(--soft);opacity:.55;cursor:default}
dialog button[value=close]{margin-left:auto;background:var(--accent);border-color:var(--accent);color:var(--card)}
@media print{.seeds figure{break-inside:avoid}}`;
