import { chartHeight } from '../shared/charts/chartBase.ts';
import { chartList } from '../shared/charts/chartList.ts';
import { THEMES } from '../shared/charts/theme.ts';
import type { PageData } from '../shared/pageData.ts';
import { el } from './dom.ts';

interface LiveChart {
  destroy(): void;
}
type ChartClass = new (canvas: HTMLCanvasElement, configuration: unknown) => LiveChart;

/** Draws the charts as they come into sight, and again when the colours of the screen change. */
export function chartPanel(data: PageData): void {
  const host = document.getElementById('charts-live');
  const { Chart } = globalThis as unknown as { Chart?: ChartClass };
  if (!host || !Chart) return;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const live = new Map<HTMLElement, LiveChart>();
  const charts = new Map<HTMLElement, (typeof list)[number]>();
  const list = chartList(data);
  const draw = (place: HTMLElement): void => {
    const chart = charts.get(place);
    const canvas = place.querySelector('canvas');
    if (!chart || !canvas) return;
    live.get(place)?.destroy();
    place.style.height = `${chartHeight(chart, place.clientWidth)}px`;
    const configuration = chart.configuration(THEMES[dark.matches ? 'dark' : 'light'], {
      width: place.clientWidth,
      live: true,
    });
    live.set(place, new Chart(canvas, configuration));
  };
  const seen = new IntersectionObserver(
    entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        draw(target as HTMLElement);
      }
    },
    { rootMargin: '300px' },
  );
  for (const chart of list) {
    const canvas = el('canvas', { role: 'img', 'aria-label': chart.alt });
    const place = el('div', { class: 'canvas' }, canvas);
    place.style.height = `${chart.height}px`;
    host.append(
      el(
        'figure',
        { class: chart.wide ? 'chart wide' : 'chart' },
        el('figcaption', {}, el('h3', {}, chart.title), el('p', { class: 'note' }, chart.note)),
        place,
      ),
    );
    charts.set(place, chart);
    seen.observe(place);
  }
  dark.addEventListener('change', () => {
    for (const place of live.keys()) draw(place);
  });
}
