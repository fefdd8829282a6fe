import { counted } from '../../core/counted.ts';
import type { Plan } from '../../planner/types.ts';
import type { Manifest } from '../../stages/manifest.ts';
import type { SlotSeconds } from '../../store/attempts.ts';
import type { Provenance } from './reportModel.ts';

/** Where the results come from, by the manifests of the finished stages. */
export function provenanceOf(
  plan: Plan,
  manifests: ReadonlyMap<string, Manifest>,
  { createdAt, slots }: { createdAt: string; slots: readonly SlotSeconds[] },
): Provenance {
  const finished = plan.stages.flatMap(({ key }) => manifests.get(key) ?? []);
  const kinds = [...new Set(plan.stages.map(({ kind }) => kind))];
  return {
    backends: distinct(finished.map(({ backend, threads }) => `${backend}, ${counted(threads, 'thread')}`)),
    versions: versionsOf(finished),
    tools: distinct(finished.map(({ tool }) => tool)),
    stages: kinds.map(kind => ({
      kind,
      done: finished.filter(manifest => manifest.kind === kind).length,
      total: plan.stages.filter(stage => stage.kind === kind).length,
    })),
    reused: finished.filter(({ finishedAt }) => finishedAt < createdAt).length,
    slots: timeOf(finished, kinds, slots),
    computeSeconds: finished.reduce((sum, { seconds }) => sum + seconds, 0),
    firstStartedAt: distinct(finished.map(({ startedAt }) => startedAt))[0] ?? null,
    lastFinishedAt: distinct(finished.map(({ finishedAt }) => finishedAt)).at(-1) ?? null,
  };
}

/** As the attempts of this sweep have it; where there are none (a store that was rebuilt), as the stages do. */
function timeOf(
  manifests: readonly Manifest[],
  kinds: readonly string[],
  slots: readonly SlotSeconds[],
): Provenance['slots'] {
  if (slots.length > 0) return slots.map(({ slot, kind, seconds }) => ({ slot, kind, seconds }));
  return kinds.flatMap(kind => {
    const own = manifests.filter(each => each.kind === kind);
    return own.length === 0
      ? []
      : [{ slot: null, kind, seconds: own.reduce((sum, each) => sum + each.seconds, 0) }];
  });
}

function versionsOf(manifests: readonly Manifest[]): Record<string, string[]> {
  const versions = new Map<string, Set<string>>();
  for (const manifest of manifests) {
    for (const [library, version] of Object.entries(manifest.versions)) {
      versions.set(library, (versions.get(library) ?? new Set()).add(version));
    }
  }
  return Object.fromEntries(
    [...versions].sort(byName).map(([library, found]) => [library, [...found].sort()]),
  );
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
