/**
 * How batches are drawn, in words: what each way is, and whose data loader does it.
 *
 * @module
 */

import type { Sampling } from '../events/index.ts'

/** Every way, the usual ones first. */
export const samplings: readonly Sampling[] = ['poisson', 'shuffled', 'fixed-size', 'random-allocation', 'full']

/** What the command line shows where nobody said how batches are drawn. */
export const usualSamplings: readonly Sampling[] = ['poisson', 'shuffled']

/** What happens, as a sentence without its end. */
export const whatHappens: Readonly<Record<Sampling, string>> = {
  poisson: 'every record joins every batch by its own coin flip',
  shuffled: 'every epoch shuffles the records and cuts them into batches',
  'fixed-size': 'every batch is a fresh random subset of exactly the batch size',
  'random-allocation': 'every epoch deals each record to one of its batches at random, so that batches differ in size',
  full: 'every step uses every record',
}

/** Who does so. */
export const whoDoes: Readonly<Record<Sampling, string>> = {
  poisson: "Opacus' DPDataLoader",
  shuffled: "model.fit, PyTorch's DataLoader(shuffle=True), tf.data's shuffle",
  'fixed-size': 'a loader that draws without replacement, anew for every batch',
  'random-allocation': 'also called balls and bins',
  full: 'full-batch gradient descent',
}

/** The loader that a figure is for, in a table. */
export function loader(sampling: Sampling): string {
  return `${whatHappens[sampling]} (${whoDoes[sampling]})`
}

/** What to do where nobody said how batches are drawn. */
export function whichIsYours(figure: string): string {
  return (
    '--sampling was not given, so both usual ways to draw batches are shown. Only the one that your data loader really uses holds ' +
    `for you. Most loaders shuffle, and the poisson ${figure} is not theirs. If you do not know, take the worse one.`
  )
}
