import { SweetspotError } from '../core/errors.ts';
import { TOOL_VERSION } from '../core/version.ts';
import { trainedRuns } from '../planner/trainedRuns.ts';
import type { Plan } from '../planner/types.ts';
import type { StageNode } from '../stages/identity.ts';
import type { JobOutput } from '../stages/job.ts';
import type { StateOf } from '../store/stageRows.ts';
import { completeStage, type StageFacts } from '../store/stageStore.ts';
import type { StoreSession } from '../store/storeSession.ts';
import { stateKey } from './jobs/plannedJob.ts';
import type { Hello } from './workerProcess.ts';

/** Turns a folder that a worker filled into a completed stage, with the manifest's facts. */
export class StageWriter {
  readonly #session: StoreSession;
  readonly #nodes: ReadonlyMap<string, StageNode>;
  readonly #states: ReadonlyMap<string, StateOf>;

  constructor(plan: Plan, session: StoreSession) {
    this.#session = session;
    this.#nodes = new Map(plan.stages.map(node => [node.key, node]));
    this.#states = new Map(
      trainedRuns(plan).flatMap(({ key: trajectoryKey, snapshots }) =>
        snapshots.map(({ step, key }) => [stateKey(key), { snapshotKey: key, trajectoryKey, step }] as const),
      ),
    );
  }

  /** For one attempt, whose clock begins now; gives the label of each stage that it completes. */
  begin(hello: Hello): (output: JobOutput) => Promise<string> {
    const { database, workspace } = this.#session;
    let since = Date.now();
    return async output => {
      const facts = this.#facts(output.key, hello, since);
      await completeStage(database, workspace, output.dir, facts, {
        replace: output.role === 'class-images',
        session: this.#session,
      });
      since = Date.now();
      return facts.label;
    };
  }

  #facts(key: string, hello: Hello, since: number): StageFacts {
    const state = this.#states.get(key);
    const node = this.#nodes.get(state ? state.snapshotKey : key);
    if (!node) throw new SweetspotError('E_INTERNAL', 'a stage outside the plan', { place: key });
    const { kind, semantics, label, parameters, digests, needs } = node;
    const now = Date.now();
    return {
      key,
      kind,
      semantics,
      label: state ? `state of ${label}` : label,
      parameters: state ? { stateOf: state } : parameters,
      digests,
      needs: state ? [state.snapshotKey] : needs,
      startedAt: new Date(since).toISOString(),
      finishedAt: new Date(now).toISOString(),
      seconds: (now - since) / 1000,
      backend: hello.backend,
      threads: hello.threads,
      versions: hello.versions,
      tool: TOOL_VERSION,
    };
  }
}
