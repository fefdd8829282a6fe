/** The answer and its pictures. Small pictures are enlarged by whole factors, pixel by pixel: crisp, and large enough to judge. */
export const ANSWER_STYLES = `
.answer{background:var(--card);border:1px solid var(--line);border-radius:18px;box-shadow:var(--shadow);padding:clamp(1.1rem,2.2vw,1.9rem);overflow:hidden}
.answer+.answer{margin-top:1.4rem}
.for{color:var(--accent);font-weight:650}
.headline{font-size:clamp(1.7rem,1.1rem + 2.6vw,2.9rem);font-weight:640;letter-spacing:-.03em;line-height:1.12;margin-top:.1rem;display:flex;flex-wrap:wrap;gap:0 .9rem}
.headline b{font-weight:780;color:var(--accent)}
.headline span+span::before{content:"·";margin-right:.9rem;color:var(--line)}
.answer .chips{margin-top:.55rem}
.reason{margin-top:.6rem;font-size:clamp(1rem,.95rem + .25vw,1.15rem);max-width:58rem;color:var(--soft)}
.ties{display:flex;flex-wrap:wrap;gap:.35rem .5rem;margin-top:.7rem;align-items:center;font-size:.9375rem;color:var(--soft)}
.tie{padding:.08rem .65rem;border-radius:99px;border:1px solid var(--accent);color:var(--accent);font-weight:600}
.tie.more{border-color:transparent;color:var(--soft);padding-left:0}
.showcase{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1rem;margin-top:1.3rem}
@media (min-width:1000px){.showcase{grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);grid-template-columns:none}}
.column{min-width:0;padding:.75rem;border-radius:14px;background:var(--shade);display:flex;flex-direction:column}
.column figcaption{margin-bottom:.5rem;line-height:1.35}
.column figcaption :is(b,small){display:block}.column figcaption small{color:var(--soft);min-height:1.35em}
.column.best{background:var(--accent-soft);box-shadow:inset 0 0 0 2.5px var(--accent)}
.column.best figcaption b{color:var(--accent)}
.column.so-far{box-shadow:inset 0 0 0 2.5px var(--line)}
.column.best figcaption b::before{content:"★ "}
.column.photos{background:none;padding-left:0;padding-right:0}
.photo-grid{display:grid;grid-template-columns:1fr 1fr;gap:6px}
.photo-grid img,.photo-grid .gap{width:100%;height:auto;aspect-ratio:1;object-fit:cover;border-radius:9px;background:var(--shade)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:6px}
.pair.n-1{grid-template-columns:1fr}
.still{display:block;padding:0;border:0;border-radius:9px;overflow:hidden;background:none;width:100%;min-height:0;cursor:zoom-in}
.still img,.pair .gap{width:100%;height:auto;aspect-ratio:1;object-fit:contain}
html:not(.scripted) .still{cursor:default}
.said{font-size:.8125rem;color:var(--soft);margin:.25rem 0 .6rem;overflow-wrap:anywhere;line-height:1.35}
.meters{margin-top:auto;padding-top:.3rem;display:grid;gap:.2rem}
.meters div{display:grid;grid-template-columns:4.2rem 1fr;align-items:center;font-size:.8125rem}
.meters dt{color:var(--soft)}
.meters dd{display:grid;grid-template-columns:1fr 2.6rem;align-items:center;gap:.5rem}
.meters dd span{text-align:right;font-weight:650}
.meters svg{width:100%;height:6px;display:block}
.meters .track{fill:var(--line)}.meters .fill{fill:var(--accent)}
.cautions{margin-top:1.1rem;display:grid;gap:.2rem;color:var(--soft);font-size:.9375rem}
.cautions li::before{content:"!";display:inline-grid;place-items:center;width:1.15rem;height:1.15rem;border-radius:50%;background:var(--warn-soft);color:var(--warn);font-weight:700;font-size:.8rem;margin-right:.5rem}
.edge{margin-top:1rem;padding:.8rem 1.1rem;border-radius:12px;background:var(--warn-soft);color:var(--ink);max-width:58rem;font-size:.9375rem}
.edge strong{color:var(--warn)}
.command{margin-top:1rem;max-width:58rem}
.command summary{font-weight:650;color:var(--accent);width:fit-content}
.command .note{margin-top:.4rem}
@media (max-width:640px){.showcase{grid-template-columns:1fr 1fr;gap:.7rem}.column{padding:.55rem}.column.photos{grid-column:1/-1}.photo-grid{grid-template-columns:repeat(6,1fr)}:is(.column.best,.column.so-far){order:-1;grid-column:1/-1}.headline span+span::before{content:none}}`;
