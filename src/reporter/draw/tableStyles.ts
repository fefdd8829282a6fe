/** The map, the trials and the provenance. */
export const TABLE_STYLES = `
.map-list{display:flex;flex-wrap:wrap;gap:1.2rem}
.maps>.tools{margin-bottom:.4rem}.maps>.note{max-width:62rem;margin-bottom:.9rem}
.map-list .scroll{max-width:100%;background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow);padding:.9rem 1rem 1rem}
.map caption{text-align:left;font-weight:650;padding-bottom:.4rem}
.map{border-collapse:separate;border-spacing:5px}
.map th{padding:.1rem .4rem;white-space:nowrap}.map small,.map .corner{color:var(--soft);font-size:.8125rem;font-weight:400}
.map td[data-setting]{min-width:8.6rem;padding:.5rem;border-radius:11px;background:var(--shade);vertical-align:bottom;border:2.5px solid transparent}
.map td.underfit{background:var(--cool-soft)}.map td.good{background:var(--accent-soft)}.map td.overfit{background:var(--bad-soft)}
.map td.best{border-color:var(--accent)}.map td.tied{border-color:var(--accent);border-style:dashed}
.map .region{display:block;font-size:.8125rem;font-weight:600;color:var(--soft)}
.map .underfit .region{color:var(--cool)}.map .good .region{color:var(--accent)}.map .overfit .region{color:var(--bad)}
.map .value{font-weight:700;font-size:1.1rem}
.map .strip{display:flex;gap:4px;margin-bottom:.35rem}
.map .mini{width:64px;height:64px}
.map td.none{color:var(--soft);text-align:center}
.mini{display:block;padding:0;border:0;border-radius:7px;overflow:hidden;min-height:0;width:40px;height:40px;cursor:zoom-in;flex:none}
.mini img{width:100%;height:100%;object-fit:contain}
.tools{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin-bottom:.7rem}
.trial-scroll{background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow);max-height:44rem;overflow:auto;width:fit-content;max-width:100%}
.trials th,.trials td{padding:.4rem .8rem;border-bottom:1px solid var(--line);white-space:nowrap;text-align:left}
.trials thead th{color:var(--soft);font-size:.875rem;background:var(--shade);vertical-align:bottom;position:sticky;top:0;z-index:2}
.trials tbody tr:last-child>*{border-bottom:0}
.trials tbody tr:hover{background:var(--shade)}
.trials .base{color:var(--soft)}
.trials .number{text-align:right}
.trials .choose input{margin-right:.55rem}
.sort{background:none;border:0;padding:0;min-height:0;color:inherit;font-weight:600;font-size:inherit;white-space:nowrap;text-align:inherit}
[aria-sort=ascending] .sort::after{content:" ▲"}[aria-sort=descending] .sort::after{content:" ▼"}
.thumbnails{display:flex;gap:4px;align-items:center}
.more{color:var(--soft);font-size:.875rem;padding-left:.2rem}
.badge{display:inline-flex;align-items:center;gap:.45rem;font-size:.9375rem}
.badge::before{content:"";width:.6rem;height:.6rem;border-radius:50%;background:var(--accent)}
.failed .badge{color:var(--bad);font-weight:600}.failed .badge::before{background:var(--bad);border-radius:1px}
.missing .badge{color:var(--warn)}.missing .badge::before{background:none;border:2px solid var(--warn)}
.trials .state small{display:block;white-space:normal;min-width:14rem;max-width:26rem;color:var(--soft);overflow-wrap:anywhere}
.difference{max-width:60rem;margin-top:.9rem;display:grid;gap:.6rem}.difference caption{text-align:left;font-weight:650}
.copies{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:1.6rem}
@media (min-width:900px){.columns{grid-template-columns:minmax(0,4fr) minmax(0,5fr);max-width:82rem}}
.columns details{margin-top:.8rem}
.plain{width:100%;height:fit-content}
.plain th,.plain td{padding:.45rem .5rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
.plain th{color:var(--soft);font-weight:500;width:9.5rem}`;
