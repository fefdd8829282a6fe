import type { CommandModule } from 'yargs';
import { EXIT } from '../core/errors.ts';
import { backendSection } from './doctor/backendSection.ts';
import { gpuSection } from './doctor/gpuSection.ts';
import { programSection } from './doctor/programSection.ts';
import { type Section, sectionLines } from './doctor/section.ts';
import { workspaceSection } from './doctor/workspaceSection.ts';
import { onInterrupt } from './interrupt.ts';
import { progressLine } from './progressLine.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface DoctorArguments {
  json: boolean;
  repair: boolean;
  workspace: string;
}

interface Look {
  /** Of the process when something in this section is broken. */
  exitCode: number;
  look(signal: AbortSignal): Section | Promise<Section>;
}

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  command: 'doctor',
  describe: 'Look at what is installed and at the workspace, try it, and say how to mend what is not right',
  builder: command =>
    command.options({
      json: { type: 'boolean', default: false, describe: 'JSON' },
      repair: {
        type: 'boolean',
        default: false,
        describe: 'mend the workspace: rebuild a lost or damaged database, put damaged stages aside',
      },
      ...workspaceOption,
    }),
  async handler(args) {
    const interrupt = onInterrupt(() => undefined);
    const sections: Section[] = [];
    let exitCode: number = EXIT.done;
    try {
      for (const { look, exitCode: code } of looks(args)) {
        const section = await look(interrupt.signal);
        sections.push(section);
        if (isBroken(section)) exitCode ||= code;
        if (!args.json) console.log(sectionLines(section).join('\n'));
      }
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      process.exitCode = interrupt.exitCode() ?? EXIT.interrupted;
      return;
    } finally {
      interrupt.dispose();
    }
    const healthy = exitCode === EXIT.done;
    if (args.json) console.log(JSON.stringify({ healthy, sections }));
    else console.log(healthy ? 'Nothing is broken.' : 'Something is broken: see the lines with !!.');
    process.exitCode = exitCode;
  },
};

/** What is looked at, in this order. */
function looks(args: DoctorArguments): Look[] {
  const line = progressLine(process.stderr);
  const workspace = async (signal: AbortSignal): Promise<Section> => {
    const onStage = (done: number, total: number): void => {
      // A repair that has begun is not left half done.
      if (!args.repair) signal.throwIfAborted();
      line.update(`stage ${done + 1} of ${total}`);
    };
    try {
      return await workspaceSection(workspaceOf(args), { repair: args.repair, onStage });
    } finally {
      line.clear();
    }
  };
  return [
    { look: programSection, exitCode: EXIT.noDevice },
    { look: backendSection, exitCode: EXIT.noDevice },
    { look: gpuSection, exitCode: EXIT.noDevice },
    { look: workspace, exitCode: EXIT.store },
  ];
}

const isBroken = ({ checks }: Section): boolean => checks.some(({ state }) => state === 'broken');
