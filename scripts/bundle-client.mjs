// Makes one script of the modules of the report's page: dist/client-modules/reporter/client/page.js and all it imports.
// Every module becomes a function of its own that gives what it exports; what is imported comes before what imports it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';

const entry = new URL('../dist/client-modules/reporter/client/page.js', import.meta.url);
const target = new URL('../dist/reporter/client/page.js', import.meta.url);
const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*['"](\.[^'"]+)['"];\n?/gm;
const EXPORT = /^export (?=(?:async )?(?:function|const|class) ([\w$]+))/gm;
const names = new Map();
const parts = [];

function add(url) {
  const known = names.get(url.href);
  if (known) return known;
  const source = readFileSync(url, 'utf8')
    .replace(/^\/\/# sourceMappingURL.*$/m, '')
    .replace(/^export \{\};?\n?/gm, '');
  const exported = [...source.matchAll(EXPORT)].map(([, name]) => name);
  const body = source
    .replace(
      IMPORT,
      (_, list, path) => `const {${list.replace(/\bas\b/g, ':')}} = ${add(new URL(path, url))};\n`,
    )
    .replace(EXPORT, '');
  if (/^(import|export)\b/m.test(body)) {
    throw new Error(`${url.pathname}: only imports by name and exported declarations can be joined`);
  }
  const name = `module${names.size}`;
  names.set(url.href, name);
  parts.push(`const ${name} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();\n`);
  return name;
}

add(entry);
const script = `'use strict';\n(() => {\n${parts.join('\n')}})();\n`;
if (/<\/script/i.test(script)) throw new Error('the script would end the element it stands in');
new Script(script, { filename: 'page.js' });
mkdirSync(new URL('./', target), { recursive: true });
writeFileSync(target, script);
