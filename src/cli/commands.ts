/**
 * The commands, once: dispatch, help and suggestions all read this table.
 *
 * @module
 */

import type { Command } from './command.ts'

const run = '--examples 60000 --batch 256 --epochs 60'

const recipe = ['examples', 'batch', 'epochs', 'steps', 'sampling'] as const
const judged = ['relation', 'accountant', 'tolerance'] as const

/** The name of a command. */
export type CommandName = 'epsilon' | 'delta' | 'noise' | 'compare' | 'statement' | 'attack-risk' | 'plan' | 'ledger'

export const commands: Readonly<Record<CommandName, Command>> = {
  epsilon: {
    summary: 'how private is my training run?',
    about: [
      'Bounds epsilon: how much the trained model can depend on any one record. Small is private.',
      'Say how your batches are drawn with --sampling; without it you see the two usual ways side by side.',
    ],
    flags: [...recipe, 'noise', 'delta', 'event', ...judged],
    examples: [
      { does: 'a training run', line: `epsilon ${run} --noise 1.1 --delta 1e-5` },
      {
        does: 'the same, where every record joins every batch by its own coin flip',
        line: `epsilon ${run} --noise 1.1 --delta 1e-5 --sampling poisson`,
      },
      { does: 'anything else, described as JSON', line: 'epsilon --event release.json --delta 1e-6' },
    ],
    load: () => import('./commands/epsilon.ts'),
  },
  delta: {
    summary: 'the chance that a promised epsilon fails',
    about: ['Bounds delta: the chance by which the run misses a given epsilon. Wants to be well below 1 / examples.'],
    flags: [...recipe, 'noise', 'epsilon', 'event', ...judged],
    examples: [
      { does: 'a training run', line: `delta ${run} --noise 1.1 --epsilon 3 --sampling poisson` },
      { does: 'an event on stdin', line: 'delta --event - --epsilon 1 < release.json' },
    ],
    load: () => import('./commands/delta.ts'),
  },
  noise: {
    summary: 'what noise does my run need?',
    about: [
      'Finds the least noise multiplier that keeps a run within (epsilon, delta), and rounds it up.',
      'The noise multiplier is the standard deviation of the noise divided by the norm that gradients are clipped to.',
    ],
    flags: [...recipe, 'epsilon', 'delta', 'relation', 'accountant'],
    examples: [
      { does: 'noise for epsilon 3', line: `noise --epsilon 3 --delta 1e-5 ${run}` },
      { does: 'for a loader that shuffles', line: `noise --epsilon 3 --delta 1e-5 ${run} --sampling shuffled` },
    ],
    load: () => import('./commands/noise.ts'),
  },
  compare: {
    summary: 'noises, samplings and methods side by side',
    about: [
      'A table of epsilon. --noise, --batch, --epochs, --steps, --sampling and --accountant take several values with commas between them;',
      '--event can be given again for several documents.',
    ],
    flags: [...recipe, 'noise', 'delta', 'event', ...judged],
    examples: [
      { does: 'every way of drawing batches', line: `compare ${run} --noise 1.1 --delta 1e-5` },
      {
        does: 'several noises and lengths',
        line: 'compare --examples 60000 --batch 256 --epochs 15,30,60 --noise 0.8,1.1,1.5 --delta 1e-5 --sampling poisson',
      },
      { does: 'methods', line: `compare ${run} --noise 1.1 --delta 1e-5 --sampling poisson --accountant tight,rdp,zcdp,gdp` },
    ],
    load: () => import('./commands/compare.ts'),
  },
  statement: {
    summary: 'a paragraph for a paper or a reviewer',
    about: [
      'Says what is claimed, for which neighbours, under which assumptions, what it means for an attacker, and what it does not cover.',
    ],
    flags: [...recipe, 'noise', 'delta', 'event', 'relation', 'accountant'],
    examples: [
      { does: 'a training run', line: `statement ${run} --noise 1.1 --delta 1e-5 --sampling poisson` },
      { does: 'an event', line: 'statement --event release.json --delta 1e-6' },
    ],
    load: () => import('./commands/statement.ts'),
  },
  'attack-risk': {
    summary: 'what does an attacker gain?',
    about: [
      'Bounds what anybody can do who knows all other records, sees the model after every step, and wants to know whether one record was used.',
    ],
    flags: [...recipe, 'noise', 'event', ...judged, 'false-positive-rate', 'prior'],
    examples: [
      { does: 'a training run', line: `attack-risk ${run} --noise 1.1` },
      {
        does: 'an attacker who accuses one innocent in 10,000, and suspected one in 100',
        line: `attack-risk ${run} --noise 1.1 --sampling poisson --false-positive-rate 1e-4 --prior 0.01`,
      },
    ],
    load: () => import('./commands/attack-risk.ts'),
  },
  plan: {
    summary: 'how far off will my statistic be, and what would a smaller error cost?',
    about: [
      'Errors of private statistics, before any data is touched. Say what you can live with (--within) to get the least epsilon for it,',
      'or an --epsilon (several, with commas between them) to get the error. --delta takes Gaussian noise in place of Laplace.',
    ],
    flags: ['statistic', 'within', 'epsilon', 'delta', 'lower', 'upper', 'at', 'records', 'per-unit', 'confidence'],
    words: ['statistic'],
    examples: [
      { does: 'what does a count within 10 cost?', line: 'plan count --within 10' },
      { does: 'an average age of a thousand people', line: 'plan mean --lower 0 --upper 120 --records 1000 --epsilon 0.1,0.5,1' },
      { does: 'a median, surer than usual', line: 'plan quantile --at 0.5 --lower 0 --upper 120 --within 20 --confidence 0.99' },
    ],
    load: () => import('./commands/plan.ts'),
  },
  ledger: {
    summary: 'what was spent from a budget, and what is left',
    about: [
      'Reads the ledger that a budget keeps in a file. show lists every spend, verify checks every line, remaining says what is left.',
      'Nothing is written, and other processes may go on spending meanwhile.',
    ],
    flags: ['action', 'file'],
    words: ['action', 'file'],
    examples: [
      { does: 'every spend', line: 'ledger show queries.ledger' },
      { does: 'is every line whole, and does it add up?', line: 'ledger verify queries.ledger' },
      { does: 'what is left', line: 'ledger remaining queries.ledger --json' },
    ],
    load: () => import('./commands/ledger.ts'),
  },
}
