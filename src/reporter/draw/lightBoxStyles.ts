/** One picture large, or two compared. */
export const LIGHT_BOX_STYLES = `
dialog{width:min(62rem,calc(100vw - 1.6rem));max-height:calc(100dvh - 1.6rem);padding:0;border:1px solid var(--line);border-radius:16px;background:var(--card);color:var(--ink);
box-shadow:0 24px 80px rgb(0 0 0/.35);overflow:auto}
dialog[open]{display:grid;grid-template-columns:minmax(0,1fr)}
dialog .stage{grid-area:1/1}dialog .side{grid-area:2/1}
dialog .shut{grid-area:1/1/span 2/-1;place-self:start end;position:sticky;top:.6rem;z-index:2;margin:.6rem .6rem 0 0;width:2.5rem;height:2.5rem;padding:0;border-radius:99px;font-size:1.35rem;line-height:1}
@media (min-width:860px){dialog[open]{grid-template-columns:minmax(0,3fr) minmax(19rem,2fr)}dialog .side{grid-area:1/2}dialog .words strong{padding-right:2.6rem}}
dialog::backdrop{background:rgb(8 11 16/.74)}
dialog:focus-visible{outline:none}
.stage{display:grid;place-items:center;align-content:center;gap:.5rem;background:var(--shade);padding:1rem;min-width:0}
.stage .frame{position:relative;width:min(100%,32rem,100dvh - 8rem);aspect-ratio:1;overflow:hidden;border-radius:8px}
.stage img,.stage .gap{width:100%;height:100%;object-fit:contain}
.stage .gap{padding:1rem;text-align:center}
.stage .small{image-rendering:pixelated}
.slider .frame>*,.blink .frame>*{position:absolute;inset:0}
.slider .frame::after{content:"";position:absolute;top:0;bottom:0;left:var(--cut);width:2px;margin-left:-1px;background:#fff;box-shadow:0 0 0 1px rgb(0 0 0/.45)}
.slider .frame{cursor:ew-resize;touch-action:none}
.slider>input{width:min(100%,32rem)}
.blink .shows-b .a{visibility:hidden}
.beside{grid-template-columns:1fr 1fr}.beside .names{grid-column:1/-1}
.names{display:flex;gap:.2rem 1.2rem;flex-wrap:wrap;font-size:.8125rem;color:var(--soft);justify-content:space-between;width:100%}
.names b{display:inline-grid;place-items:center;width:1.3rem;height:1.3rem;border-radius:5px;background:var(--ink);color:var(--card)}
.side{display:flex;flex-direction:column;min-width:0}
.words{padding:1.1rem 1.2rem .4rem;display:grid;gap:.3rem;overflow-wrap:anywhere;align-content:start}
.words .prompt{max-height:7rem;overflow:auto;color:var(--soft)}
.words .bad{color:var(--bad);font-weight:600}
.words dl{display:grid;gap:.12rem;margin-top:.4rem;font-size:.9375rem}
.words dl div{display:grid;grid-template-columns:9.5rem 1fr;gap:.6rem}
.words dt{color:var(--soft)}.words dd{overflow-wrap:anywhere}
.scrubber{display:flex;gap:.6rem;align-items:center;padding:.5rem 1.2rem}
.scrubber[hidden]{display:none}
.scrubber input{flex:1;min-width:0}
.scrubber output{min-width:5.4rem;text-align:right;font-size:.9375rem}
.compare{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;padding:.4rem 1.2rem}
.compare .note{width:100%}
.modes{display:flex}.modes button{border-radius:0;margin-left:-1px}.modes button:first-child{border-radius:9px 0 0 9px}.modes button:last-child{border-radius:0 9px 9px 0}
.keys{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem;padding:.6rem 1.2rem 1.1rem;margin-top:auto}
.primary{margin-left:auto;background:var(--accent);border-color:var(--accent);color:var(--card)}`;
