import type { NativeBackend } from '../tensorflow/nativeBackend.ts';
import { dropGraphFolder, type GraphFolder } from './graphFolder.ts';
import { LoadedGraph } from './loadedGraph.ts';

/**
 * TensorFlow optimizes every call of a graph when it comes for the first time, which takes seconds; so a graph that nobody
 * uses any more stays for the next training, or picture, of the same kind, unless it is that of a large model.
 */
const MOST_BYTES_OF_ONE = 2 ** 28;
const MOST_IDLE_BYTES = 2 ** 29;
export const MOST_IDLE_GRAPHS = 6;

/** Graphs that nobody uses, the latest last. */
const idle: LoadedGraph[] = [];

/**
 * Loads a graph, or takes one that was released: its variables have any values. One from the cache on disk that TensorFlow
 * refuses is made anew once.
 */
export function loadGraph(backend: NativeBackend, find: () => GraphFolder): LoadedGraph {
  const folder = find();
  const at = idle.findIndex(one => one.backend === backend && one.dir === folder.dir);
  const [known] = at < 0 ? [] : idle.splice(at, 1);
  return known ?? loadAnew(backend, folder, find);
}

/** Gives a graph back; it must not be used any more. */
export function releaseGraph(graph: LoadedGraph): void {
  if (!graph.usable || graph.bytes > MOST_BYTES_OF_ONE) {
    graph.dispose();
    return;
  }
  idle.push(graph);
  let sum = idle.reduce((total, { bytes }) => total + bytes, 0);
  while (sum > MOST_IDLE_BYTES || idle.length > MOST_IDLE_GRAPHS) {
    const oldest = idle.shift();
    sum -= oldest?.bytes ?? 0;
    oldest?.dispose();
  }
}

function loadAnew(backend: NativeBackend, folder: GraphFolder, find: () => GraphFolder): LoadedGraph {
  try {
    return new LoadedGraph(backend, folder.dir, folder.layout);
  } catch {
    // Another process may have put its own in the place of this one.
    const again = find();
    try {
      return new LoadedGraph(backend, again.dir, again.layout);
    } catch {
      dropGraphFolder(again);
      const { dir, layout } = find();
      return new LoadedGraph(backend, dir, layout);
    }
  }
}
