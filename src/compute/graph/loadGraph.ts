import type { NativeBackend } from '../tensorflow/nativeBackend.ts';
import { dropGraphFolder, type GraphFolder } from './graphFolder.ts';
import { LoadedGraph } from './loadedGraph.ts';

/** Loads a graph; one from the cache that TensorFlow refuses is made anew once. */
export function loadGraph(backend: NativeBackend, find: () => GraphFolder): LoadedGraph {
  const folder = find();
  try {
    return new LoadedGraph(backend, folder.dir, folder.layout);
  } catch {
    dropGraphFolder(folder);
    const { dir, layout } = find();
    return new LoadedGraph(backend, dir, layout);
  }
}
