import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import sharp from 'sharp';
import type { SweetspotErrorJson } from '../../src/core/errors.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import { digestInputs } from '../../src/planner/digestInputs.ts';
import { planSweep } from '../../src/planner/planSweep.ts';
import type { Picture, Plan } from '../../src/planner/types.ts';
import type { StageNode } from '../../src/stages/identity.ts';
import { formatLosses, LOSSES_FILE, type LossLine } from '../../src/stages/lossLog.ts';
import { PICTURE_FILE } from '../../src/stages/sample.ts';
import { formatScores, SCORES_FILE, type ScoreValues } from '../../src/stages/score.ts';
import { type AttemptOutcome, beginAttempt, endAttempt } from '../../src/store/attempts.ts';
import { openForWriting } from '../../src/store/database.ts';
import { completeStage, partialDir, type StageFacts } from '../../src/store/stageStore.ts';
import { StoreSession } from '../../src/store/storeSession.ts';
import { saveSweep } from '../../src/store/sweepRecords.ts';
import { createWorkspace, type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';
import { addScoreStages } from '../support/syntheticScores.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';

/** A square of one colour that depends on `content` alone. */
export function square(content: string, side = 16): Promise<Buffer> {
  const [r = 0, g = 0, b = 0] = Buffer.from(sha256Hex(content), 'hex');
  return sharp({ create: { width: side, height: side, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

/** Stages that are completed at a time. */
const BESIDE = 24;

export interface FakeOptions {
  /** The sweep file's text; `name` is of the model folder `model`, subjects may use the folders `cat`, `dog` and `cats`. */
  text: string;
  /** Says which stages are left out; everything is there where it is not given. */
  without?: (stage: { kind: string; key: string; label: string }, plan: Plan) => boolean;
  pictureBytes?: (picture: Picture, plan: Plan) => Promise<Buffer>;
  /** Scores of a picture, or of all seeds of a prompt together (then `role` is group and the picture is the first). */
  scores?: (picture: Picture, plan: Plan, role: string) => ScoreValues;
  loss?: (step: number, learningRate: number) => number;
  /** Changed after planning, as someone who writes into the database could. */
  tamper?: (plan: Plan) => void;
  name?: string;
}

/** A workspace as a run leaves it, made with the real store and the real planner, without training anything. */
export class FakeWorkspace {
  readonly folder: SweepFolder;
  readonly workspace: Workspace;
  readonly database: Database.Database;
  readonly plan: Plan;
  readonly name: string;

  private constructor(folder: SweepFolder, workspace: Workspace, plan: Plan, name: string) {
    this.folder = folder;
    this.workspace = workspace;
    this.plan = plan;
    this.name = name;
    this.database = openForWriting(workspace.databaseFile);
  }

  static async create(options: FakeOptions): Promise<FakeWorkspace> {
    const folder = new SweepFolder();
    for (const name of ['cat/b.png', 'cat/a.png', 'cat/C.png']) folder.write(name, await square(name, 32));
    folder.write(
      'dog/1.jpg',
      await sharp(await square('dog', 600))
        .jpeg()
        .toBuffer(),
    );
    const file = folder.write('sweep.yaml', options.text);
    const read = await readSweep(file);
    if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'));
    const plan = planSweep(read.sweep, await digestInputs(read.sweep));
    if (options.scores) addScoreStages(plan);
    options.tamper?.(plan);
    const workspace = workspaceAt(join(folder.dir, 'workspace'));
    createWorkspace(workspace);
    const fake = new FakeWorkspace(folder, workspace, plan, options.name ?? plan.sweep.name);
    const { text } = options;
    saveSweep(
      fake.database,
      { name: fake.name, file, text, plan, state: 'complete' },
      '2026-01-02T03:00:00.000Z',
    );
    await fake.#completeStages(options);
    return fake;
  }

  async #completeStages({
    without = () => false,
    pictureBytes,
    scores,
    loss,
    text: _,
  }: FakeOptions): Promise<void> {
    const { plan } = this;
    // Nothing of this has to outlive a loss of power, and flushing it would take longer than all the rest.
    const session = new StoreSession(this.database, this.workspace, {
      syncFileSystem: async () => true,
      onError: () => undefined,
    });
    const pictures = new Map(plan.pictures.map(picture => [picture.key, picture]));
    const wanted = plan.stages.filter(stage => !without(stage, plan));
    const complete = async (stage: StageNode, second: number): Promise<void> => {
      const picture = pictures.get(stage.key);
      const dir = partialDir(this.workspace, stage.key, 1);
      mkdirSync(dir);
      if (picture) {
        const bytes = await (pictureBytes?.(picture, plan) ?? square(stage.key));
        writeFileSync(join(dir, PICTURE_FILE), bytes);
      }
      const scored = stage.kind === 'score' ? pictures.get(stage.needs[0] ?? '') : undefined;
      if (scored) {
        const values = scores?.(scored, plan, String(stage.parameters.role)) ?? {};
        writeFileSync(join(dir, SCORES_FILE), formatScores(values));
      }
      if (stage.kind === 'dreambooth') {
        writeFileSync(join(dir, LOSSES_FILE), formatLosses(lossesOf(plan, stage.key, loss)));
      }
      const facts: StageFacts = {
        ...stage,
        startedAt: new Date(Date.UTC(2026, 0, 2, 3, 0, second)).toISOString(),
        finishedAt: new Date(Date.UTC(2026, 0, 2, 3, 0, second + 9)).toISOString(),
        seconds: stage.kind === 'dreambooth' ? 42.5 : 0.5,
        backend: 'wasm',
        threads: 2,
        versions: { tfjs: '4.22.0', node: 'v20.0.0' },
        tool: '0.1.0',
      };
      await completeStage(this.database, this.workspace, dir, facts, { session });
    };
    // Side by side: the disk is what they wait for.
    for (let start = 0; start < wanted.length; start += BESIDE) {
      const some = wanted.slice(start, start + BESIDE);
      await Promise.all(some.map((stage, i) => complete(stage, 10 * (start + i + 1))));
    }
    await session.settle();
  }

  /** Records a failed attempt, as the runner names its jobs. */
  fail(kind: string, job: string, error: SweetspotErrorJson): void {
    const attempt = { sweep: this.name, job, kind, label: `job ${job}`, rateKey: 'r', units: 1 };
    const id = beginAttempt(this.database, attempt, '2026-01-02T03:30:00.000Z');
    endAttempt(this.database, id, { outcome: 'failed', seconds: 1, error });
  }

  /** Records an attempt at a job that ended. */
  attempt(
    kind: string,
    job: string,
    {
      sweep = this.name,
      units,
      ...end
    }: { sweep?: string; units: number; seconds: number; outcome: AttemptOutcome },
  ): void {
    const attempt = { sweep, job, kind, label: `job ${job}`, rateKey: 'r', units };
    endAttempt(this.database, beginAttempt(this.database, attempt, '2026-01-02T03:30:00.000Z'), end);
  }

  dispose(): void {
    this.database.close();
    this.folder.dispose();
  }
}

function lossesOf({ trajectories }: Plan, key: string, loss = plausibleLoss): LossLine[] {
  for (const { snapshots, options } of trajectories) {
    const step = snapshots.find(snapshot => snapshot.key === key)?.step ?? 0;
    const { learningRate: lr } = options;
    if (step > 0) return Array.from({ length: step }, (_, i) => ({ step: i + 1, loss: loss(i + 1, lr), lr }));
  }
  return [];
}

/** Falls, faster at a higher rate, with noise that is the same every time. */
function plausibleLoss(step: number, learningRate: number): number {
  const noise = Math.sin(step * 12.9898 + learningRate * 1e7) * 43758.5453;
  const fall = Math.exp((-step * learningRate) / 2e-3);
  return (0.06 + 0.14 * fall) * (0.35 + 1.5 * (noise - Math.floor(noise)) ** 2);
}
