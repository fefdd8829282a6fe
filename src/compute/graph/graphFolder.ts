import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '../../core/canonicalJson.ts';
import { sha256Hex } from '../../core/hash.ts';
import type { GraphLayout } from './graphLayout.ts';
import type { GraphProgram } from './graphProgram.ts';
import { keepNewestEntries } from './keepNewestEntries.ts';
import { writeGraph } from './writeGraph.ts';

/** A graph on disk, ready to be loaded. */
export interface GraphFolder {
  dir: string;
  layout: GraphLayout;
}

const GRAPH_FILE = 'saved_model.pb';
const LAYOUT_FILE = 'layout.json';
/** The least recently used ones beyond this number go. */
const MOST_GRAPHS = 64;

/** Written graphs are kept in the user's cache folder (XDG_CACHE_HOME, else ~/.cache). */
export const graphCacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sweetspot', 'graphs');

/**
 * The graph of this identity from the cache, or made and put there. A damaged entry counts as none.
 *
 * @param identity everything that decides what `make` gives; any JSON value
 */
export function graphFolder(identity: unknown, make: () => GraphProgram): GraphFolder {
  const dir = join(graphCacheFolder(), sha256Hex(canonicalJson(identity)).slice(0, 40));
  const found = readLayout(dir);
  if (found) return { dir, layout: found };
  const { bytes, layout } = writeGraph(make());
  const stage = `${dir}.${randomUUID().slice(0, 8)}.partial`;
  mkdirSync(join(stage, 'variables'), { recursive: true });
  writeFileSync(join(stage, GRAPH_FILE), bytes);
  writeFileSync(join(stage, LAYOUT_FILE), JSON.stringify({ sha256: sha256Hex(bytes), layout }));
  putInPlace(stage, dir);
  keepNewestEntries(graphCacheFolder(), MOST_GRAPHS);
  return { dir, layout };
}

/** Several processes may make the same graph at the same time: the first one that is there stays. */
function putInPlace(stage: string, dir: string): void {
  const aside = `${stage}.old`;
  try {
    renameSync(stage, dir);
  } catch (error) {
    // A folder was there: one that another process has just made, or a damaged one.
    if (readLayout(dir)) return;
    try {
      renameSync(dir, aside);
      renameSync(stage, dir);
    } catch {
      if (!readLayout(dir)) throw error;
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Says that TensorFlow could not load it. */
export function dropGraphFolder({ dir }: GraphFolder): void {
  rmSync(dir, { recursive: true, force: true });
}

function readLayout(dir: string): GraphLayout | null {
  try {
    const { sha256, layout } = JSON.parse(readFileSync(join(dir, LAYOUT_FILE), 'utf8')) as {
      sha256: string;
      layout: GraphLayout;
    };
    if (sha256Hex(readFileSync(join(dir, GRAPH_FILE))) !== sha256) return null;
    const now = new Date();
    utimesSync(dir, now, now);
    return layout;
  } catch {
    return null;
  }
}
