import type { CommandModule } from 'yargs';
import { EXIT } from '../core/errors.ts';
import { backendSection } from './doctor/backendSection.ts';
import { gpuSection } from './doctor/gpuSection.ts';
import { programSection } from './doctor/programSection.ts';
import { type Section, sectionLines } from './doctor/section.ts';
import { onInterrupt } from './interrupt.ts';

/** What is looked at, in this order. */
const SECTIONS: ((signal: AbortSignal) => Section | Promise<Section>)[] = [
  programSection,
  backendSection,
  gpuSection,
];

export const doctorCommand: CommandModule<object, { json: boolean }> = {
  command: 'doctor',
  describe: 'Look at what is installed, try it, and say how to mend what is not right',
  builder: command => command.option('json', { type: 'boolean', default: false, describe: 'JSON' }),
  async handler({ json }) {
    const interrupt = onInterrupt(() => undefined);
    const sections: Section[] = [];
    try {
      for (const look of SECTIONS) {
        const section = await look(interrupt.signal);
        sections.push(section);
        if (!json) console.log(sectionLines(section).join('\n'));
      }
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      process.exitCode = interrupt.exitCode() ?? EXIT.interrupted;
      return;
    } finally {
      interrupt.dispose();
    }
    const healthy = sections.every(({ checks }) => checks.every(({ state }) => state !== 'broken'));
    if (json) console.log(JSON.stringify({ healthy, sections }));
    else console.log(healthy ? 'Nothing is broken.' : 'Something is broken: see the lines with !!.');
    if (!healthy) process.exitCode = EXIT.noDevice;
  },
};
