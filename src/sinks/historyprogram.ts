/** The thread of the local store, as it was built. src/sinks, dist/sinks and the command's dist/cli are equally deep. */
export const HISTORY_PROGRAM = new URL('../../dist/sinks/history/worker.js', import.meta.url)
