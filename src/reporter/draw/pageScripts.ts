import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { SweetspotError } from '../../core/errors.ts';

/** From the package's root, so that it holds for the sources as for what is built from them. */
const OWN = new URL('../../../dist/reporter/client/page.js', import.meta.url);

/** chart.js and the page's own script, as they stand in the page. */
export async function pageScripts(): Promise<string[]> {
  if (!existsSync(OWN)) {
    throw new SweetspotError('E_INTERNAL', 'the package was built without the script of the report', {
      place: OWN.pathname,
      hint: 'Run `npm run build`',
    });
  }
  const charts = createRequire(import.meta.url).resolve('chart.js');
  const library = await readFile(new URL('chart.umd.js', `file://${charts}`), 'utf8');
  // The library's map lies nowhere near the page: browsers would look for it.
  const texts = [library.replace(/^\/\/# sourceMappingURL.*$/m, ''), await readFile(OWN, 'utf8')];
  return texts.map(text => text.replaceAll('</script', '<\\/script'));
}
