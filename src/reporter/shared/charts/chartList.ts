import type { PageData } from '../pageData.ts';
import type { ReportChart } from './chartBase.ts';
import { lossCharts } from './lossCharts.ts';
import { scoreCharts } from './scoreCharts.ts';
import { workCharts } from './workCharts.ts';

/** Every chart of a report, in the order of the page. */
export const chartList = (data: PageData): ReportChart[] => [
  ...scoreCharts(data),
  ...lossCharts(data),
  ...workCharts(data),
];
