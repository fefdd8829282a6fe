import type { NamedValues } from '../../sweep/types.ts';
import type { ReportSetting, SweetSpotMap } from './reportModel.ts';

/** A map for every subject and combination of the other axes that has at least two learning rates or numbers of steps. */
export function sweetSpotMaps(settings: readonly ReportSetting[]): SweetSpotMap[] {
  const groups = new Map<string, { fixed: NamedValues; own: ReportSetting[] }>();
  for (const setting of settings) {
    if (setting.untrained) continue;
    const { learning_rate: _, max_train_steps: __, ...fixed } = setting.values;
    const id = JSON.stringify([setting.subject, fixed]);
    const group = groups.get(id) ?? { fixed, own: [] };
    group.own.push(setting);
    groups.set(id, group);
  }
  return [...groups.values()].flatMap(({ fixed, own }) => {
    const learningRates = distinct(own.map(({ learningRate }) => learningRate ?? 0));
    const steps = distinct(own.map(each => each.steps));
    if (learningRates.length * steps.length < 2) return [];
    const at = new Map(own.map(each => [`${each.learningRate} ${each.steps}`, each.id]));
    return [
      {
        subject: own[0]?.subject ?? '',
        fixed,
        learningRates,
        steps,
        settings: learningRates.map(rate => steps.map(step => at.get(`${rate} ${step}`) ?? null)),
      },
    ];
  });
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
