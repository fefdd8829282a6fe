/** How the threads of a process are shared out. */
export interface ThreadPools {
  /** Threads that share one operation. */
  withinOperation: number;
  /** Operations that run at the same time. */
  operations: number;
  /** Parts of a batch that a graph computes side by side. */
  branches: number;
}

/** More of them would be a graph that takes longer to prepare than to run. */
const MOST_BRANCHES = 2;

/**
 * TensorFlow splits an operation among threads at a cost that most of a small network's are not worth: two halves of the
 * batch, each with its own threads, need nothing of each other. Both at once would be threads that wait for each other's
 * processor. Op by op there is one operation at a time, and so there is where XLA makes one of a whole step: it gets everything.
 *
 * @param graphs whether whole steps run as graphs of many operations
 */
export function threadPools(threads: number, graphs: boolean): ThreadPools {
  const branches = graphs ? Math.min(threads, MOST_BRANCHES) : 1;
  return { withinOperation: Math.floor(threads / branches), operations: threads, branches };
}
