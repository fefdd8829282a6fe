/** The photos and the tables of pictures. `--pic` is the side of a picture. */
export const PICTURE_STYLES = `
:root{--pic:64px}
@media (min-width:700px){:root{--pic:96px}}
@media (min-width:1700px){:root{--pic:128px}}
.grids[data-size="-1"]{--pic:48px}
.grids[data-size="1"]{--pic:128px}.grids[data-size="2"]{--pic:192px}.grids[data-size="3"]{--pic:256px}
@media (min-width:1700px){.grids[data-size="-1"]{--pic:64px}.grids[data-size="1"]{--pic:192px}.grids[data-size="2"]{--pic:256px}.grids[data-size="3"]{--pic:384px}}
.bar{display:flex;gap:.8rem;align-items:flex-start;justify-content:space-between;margin-bottom:1rem}
.arrange{flex:1;min-width:0;background:var(--card);border:1px solid var(--line);border-radius:12px}
.arrange summary{padding:.5rem .9rem;display:flex;flex-wrap:wrap;gap:0 .8rem;list-style:none;align-items:baseline}
.arrange summary::-webkit-details-marker{display:none}
.arrange summary b::before{content:"▸";display:inline-block;margin-right:.45rem;color:var(--accent)}
.arrange[open] summary b::before{transform:rotate(90deg)}
.arrange summary span{color:var(--soft);font-size:.9rem}
.dims{padding:.3rem .9rem .9rem;display:grid;gap:.6rem}
.dim{display:grid;grid-template-columns:9.5rem 11rem minmax(0,1fr);gap:.4rem .8rem;align-items:center}
.dim>label{font-weight:600}
.dim fieldset{display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.9375rem}
.dim fieldset label{overflow-wrap:anywhere;min-width:0}
@media (max-width:760px){.dim{grid-template-columns:1fr 11rem}.dim fieldset{grid-column:1/-1}}
.buttons{display:flex;flex-wrap:wrap;gap:.5rem}
.sizes{display:flex;gap:.3rem}.sizes button{min-width:2.6rem;font-size:1.1rem;line-height:1;background:var(--card)}
.desk{display:grid;grid-template-columns:minmax(0,1fr);gap:.6rem 1.6rem}
.photos{display:flex;gap:6px;overflow-x:auto}
.desk .photos img{width:48px;height:48px;border-radius:8px;object-fit:cover;background:var(--shade)}
aside .note{margin:.1rem 0 .3rem}
@media (max-width:1099px){.desk aside{position:sticky;top:2.7rem;z-index:4;padding:.3rem 0;background:var(--paper)}.desk aside .note{display:none}}
@media (min-width:1100px){.desk{grid-template-columns:9rem minmax(0,1fr)}
.desk aside{position:sticky;top:4rem;align-self:start;max-height:calc(100vh - 5rem);overflow-y:auto}
.desk .photos{display:grid;grid-template-columns:1fr 1fr;overflow:visible}
.desk .photos img{width:100%;height:auto;aspect-ratio:1}}
.grids{display:flex;flex-wrap:wrap;gap:1.2rem;align-items:flex-start;min-width:0}
.grid{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:.9rem 0 .8rem;box-shadow:var(--shadow);width:fit-content;max-width:100%}
.many .grid{content-visibility:auto;contain-intrinsic-size:auto 700px auto 480px}
.grid:focus{outline:none}
.page-title,.grid>.prompt{padding:0 1.1rem .5rem;display:flex;flex-wrap:wrap;gap:.3rem .6rem;align-items:center;max-height:9rem;overflow:auto}
.prompt{white-space:pre-wrap;overflow-wrap:anywhere}
.grid .prompt::before,.said::before,dialog .prompt::before{content:open-quote}.grid .prompt::after,.said::after,dialog .prompt::after{content:close-quote}
.pictures th,.pictures td{padding:4px 6px;vertical-align:top}
.pictures thead th{padding-bottom:2px;font-size:.9375rem;vertical-align:bottom}
.pictures .line{display:block;white-space:nowrap;max-width:22rem;overflow:hidden;text-overflow:ellipsis}
.pictures small{color:var(--soft)}
.pictures .corner{padding-left:1.1rem;color:var(--soft);font-size:.8125rem;vertical-align:bottom}
.pictures tbody th{padding:0 .7rem 0 1.1rem;vertical-align:middle;position:sticky;left:0;background:var(--card);z-index:1}
.pictures tr>:last-child{padding-right:1.1rem}
.pictures td.base{background:linear-gradient(var(--line),var(--line)) right/1px 100% no-repeat}
.pictures .none{color:var(--soft)}
.seeds{display:grid;grid-template-columns:repeat(4,var(--pic));gap:4px}
.seeds.n-1,.seeds.n-0{grid-template-columns:var(--pic)}
.seeds.n-2{grid-template-columns:repeat(2,var(--pic))}
.seeds.n-3{grid-template-columns:repeat(3,var(--pic))}
.many .seeds{content-visibility:auto;overflow-clip-margin:6px;contain-intrinsic-height:calc(var(--lines,1)*(var(--pic) + 4px) - 4px);contain-intrinsic-width:calc(4*var(--pic) + 12px)}
.many .seeds:is(.n-1,.n-0){contain-intrinsic-width:var(--pic)}
.many .seeds.n-2{contain-intrinsic-width:calc(2*var(--pic) + 4px)}
.many .seeds.n-3{contain-intrinsic-width:calc(3*var(--pic) + 8px)}
.seeds figure,.seeds .gap,.pic{width:var(--pic);height:var(--pic);min-height:0}
.seeds figure .pic{width:100%;height:100%}
.pic{display:block;padding:0;border:0;border-radius:8px;overflow:hidden;cursor:zoom-in;background:var(--shade);transition:box-shadow .12s}
.pic:hover,.pic:focus-visible{box-shadow:0 0 0 3px var(--accent)}
.pic:focus-visible{border-radius:8px;outline-offset:0}
.pic img{width:100%;height:100%;object-fit:contain}
.grids.tiny:is([data-size="2"],[data-size="3"]) .pic img{image-rendering:pixelated}
.gap{display:grid;place-items:center;border-radius:8px;background:var(--shade);color:var(--soft);font-size:.8125rem}
.gap.missing{border:1.5px dashed var(--soft)}
.gap.failed{background:var(--bad-soft);color:var(--bad);font-weight:600;border:1.5px solid}
.grid .reasons{padding:.6rem 1.1rem 0}
.seeds figcaption{display:none}.quoted .caption{margin-top:.5rem}.quoted .bad,.quoted.bad{color:var(--bad)}
.tip{position:fixed;z-index:30;max-width:22rem;padding:.6rem .8rem;border-radius:10px;background:var(--ink);color:var(--paper);font-size:.875rem;line-height:1.4;pointer-events:none;box-shadow:0 8px 28px rgb(0 0 0/.3)}
.tip strong::first-letter{text-transform:uppercase}
.tip dl{display:grid;gap:.05rem;margin-top:.25rem}
.tip dl div{display:flex;justify-content:space-between;gap:1.2rem}
.tip dt{opacity:.75}.tip p{margin-top:.2rem}
@media (max-width:699px){.bar{flex-wrap:wrap}.pictures th,.pictures td{padding-left:2px;padding-right:2px}
.pictures tbody th,.pictures .corner{padding-left:.7rem;padding-right:.3rem;font-size:.8125rem}
.pictures thead th{font-size:.8125rem}.pictures thead th small{display:block;font-size:.75rem}
.grids:not([data-size="1"]):not([data-size="2"]):not([data-size="3"]) .seeds.n-2{grid-template-columns:var(--pic)}}
html:not(.scripted) figure:target{position:fixed;inset:0;z-index:20;width:auto;height:auto;display:grid;
grid-template-rows:minmax(0,1fr) auto;gap:1rem;padding:1.2rem;background:var(--card)}
html:not(.scripted) figure:target .pic{border-radius:0;background:none;cursor:default;width:100%;height:100%}
html:not(.scripted) figure:target figcaption{display:grid;gap:.2rem;justify-items:center;text-align:center;overflow-wrap:anywhere}
html:not(.scripted) .grid:has(figure:target){content-visibility:visible;contain:none}
.close{font-weight:600}
@media print{.seeds figure{break-inside:avoid}}`;
