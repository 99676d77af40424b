/**
 * Says on stderr what is being computed once it has taken a second.
 *
 * The computations are synchronous, so no timer of their own thread would fire: a second thread watches the clock. On a terminal
 * it rewrites one line, which is gone when the answer comes; elsewhere it writes one plain line a minute.
 *
 * @module
 */

import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Whose turn it is to write on stderr. */
const nobody = 0
const program = 2

// Plain CommonJS in a string: it is no module of its own after bundling.
const watcher = `
const { parentPort, workerData: { state, terminal } } = require('node:worker_threads')
const { writeSync } = require('node:fs')
let timer
parentPort.on('message', ({ label, job }) => {
  clearInterval(timer)
  let seconds = 0
  timer = setInterval(() => {
    seconds++
    if (!terminal && seconds % 60 !== 1) return
    if (Atomics.load(state, 2) !== job || Atomics.compareExchange(state, 0, 0, 1) !== 0) return
    try {
      writeSync(2, terminal ? '\\r' + label + ' ... ' + seconds + ' s\\x1b[K' : label + ' ... (this takes a while)\\n')
      Atomics.store(state, 1, 1)
    } catch {}
    Atomics.store(state, 0, 0)
  }, 1000)
})
`

/** The `during` of a world whose stderr is the process's own. */
export function watched(terminal: boolean): <T>(label: string, work: () => T) => T {
  // [whose turn, whether a line stands on the terminal, the number of the job]
  const state = new Int32Array(new SharedArrayBuffer(12))
  let worker: Worker | undefined | null
  return (label, work) => {
    if (worker === undefined) worker = watcherOf(state, terminal)
    const job = Atomics.add(state, 2, 1) + 1
    Atomics.store(state, 0, nobody)
    worker?.postMessage({ label, job })
    try {
      return work()
    } finally {
      while (Atomics.compareExchange(state, 0, nobody, program) !== nobody);
      if (Atomics.exchange(state, 1, 0) === 1 && terminal) writeSync(2, '\r\u001b[K')
    }
  }
}

/** The second thread, or null: an answer without progress is better than no answer. */
function watcherOf(state: Int32Array, terminal: boolean): Worker | null {
  try {
    const worker = new Worker(watcher, { eval: true, execArgv: [], workerData: { state, terminal } })
    worker.on('error', () => {})
    worker.unref()
    return worker
  } catch {
    return null
  }
}
