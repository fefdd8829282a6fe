import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeWorkspace } from '../reporter/fakeWorkspace.ts';
import { runCli } from '../support/cli.ts';
import { doseOf, syntheticScores } from '../support/syntheticScores.ts';

describe('best and export', () => {
  let fake: FakeWorkspace;
  let bare: FakeWorkspace;
  const text = `name: n
model: model
subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat, class_prompt: a cat}}
train: {learning_rate: [1e-5, 1e-4, 1e-3], max_train_steps: [40, 160]}
sample: {prompts: ['=x, "y"'], seeds: [0, 1, 2]}
`;
  beforeAll(async () => {
    fake = await FakeWorkspace.create({
      text,
      scores: (picture, plan, role) =>
        role === 'group' ? { diversity: 0.2 } : syntheticScores(doseOf(picture, plan), `${picture.seed}`),
    });
    bare = await FakeWorkspace.create({ text });
  });
  afterAll(() => {
    fake?.dispose();
    bare?.dispose();
  });
  const run = (...args: string[]) => runCli(args, fake.workspace.root);

  it('best says what the page says, with the command that trains it', async () => {
    const { code, stdout } = await run('best', 'n', '-n', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cat, by balance:\n {2}1\. Learning rate 1e-4, 160 steps {3}0\.\d{3} \(95%: /);
    expect(stdout).toContain('Of 6 settings it best brings subject and prompt together');
    expect(stdout).toMatch(/Train it for good, from the folder of sweep\.yaml:\n {4}(npx )?sweetspot train/);
    expect(stdout).not.toContain('  3. ');
    const json = JSON.parse((await run('best', 'n', '--json', '--metric', 'noise', '-n', '1')).stdout);
    expect(json).toMatchObject([{ subject: 'cat', metric: 'noise', settings: [{ rank: 1, tie: false }] }]);
    expect(json[0].settings[0].learningRate).toBe(1e-5);
  });

  it('best refuses what is not there in one line', async () => {
    expect(await run('best', 'm')).toMatchObject({ code: 2 });
    const status = await run('status', 'm');
    expect([status.code, status.stderr]).toEqual([
      2,
      expect.stringMatching(/expected one of n\. .*E_MISSING/),
    ]);
    const { code, stderr } = await run('best', 'n', '--metric', 'cilp_i');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--metric: .*balance.*clip_i.*got cilp_i/)]);
    expect((await run('best', 'n', '-n', '0')).code).toBe(2);
    const none = await runCli(['best', 'n'], bare.workspace.root);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('score: [clip_i, clip_t]')]);
  });

  it('export gives the model as JSON, and a line a picture as CSV', async () => {
    const model = JSON.parse((await run('export', 'n')).stdout);
    expect(model).toMatchObject({ format: 2, sweep: { name: 'n' }, answers: [{ subject: 'cat' }] });
    const { stdout } = await run('export', 'n', '--format', 'csv');
    const [header, first, ...rest] = stdout.split('\r\n');
    expect(header).toBe(
      'trial,subject,prompt,learning_rate,max_train_steps,scheduler,num_inference_steps,guidance_scale,seed,state,picture,clip_i,clip_t,copy,noise',
    );
    expect(first).toMatch(/^,cat,"'=x, ""y""",,0,pndm,50,7\.5,0,complete,[0-9a-f]{64},0\.5\d+,/);
    expect(rest).toHaveLength(21);
  });
});
