import { describe, expect, it } from 'vitest'
import { delta as deltaOf } from '../../src/accounting/delta.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { greatestAdvantage, statement } from '../../src/accounting/statement.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { approximate, composed, dpSgd, gaussian, nonPrivate, pure, type Sampling } from '../../src/events/index.ts'

const recipe = { examples: 60_000, batchSize: 256, epochs: 60, noiseMultiplier: 1.1 }
const run = (sampling: Sampling) => dpSgd({ ...recipe, sampling })

describe('a statement', () => {
  const text = statement(run('poisson'), { delta: 1e-5 })
  it('claims no less than is known', () => {
    const { upper, lower } = epsilon(run('poisson'), { delta: 1e-5 })
    const claimed = Number(/this is \(([\d.]+), 1e-5\)-differentially private/.exec(text)?.[1])
    expect(claimed).toBeGreaterThanOrEqual(upper)
    expect(claimed).toBeLessThan(upper * 1.001)
    const least = Number(/the true epsilon being at least ([\d.]+)\./.exec(text)?.[1])
    expect(least).toBeLessThanOrEqual(lower)
    expect(least).toBeGreaterThan(lower * 0.999)
  })
  it('has no false precision', () => expect(text).not.toMatch(/[1-9]\d*\.?\d{5}/))
  it('says for whom, how, on which assumptions, what it means and what it does not cover', () => {
    for (const words of [
      '14,063 releases',
      'one record being present or absent',
      'certified numerical bound',
      'independent coin flips',
      'cut from a shuffled list do not meet this',
      'right about that at most',
      'hyper-parameters',
      'training loss',
      'preprocessing',
      'several records of one person',
    ]) {
      expect(text).toContain(words)
    }
  })
  it('is one paragraph', () => expect(text).not.toMatch(/\n| {2}/))
  it('makes no claim of sampling where there is none', () => {
    const shuffled = statement(run('shuffled'), { delta: 1e-5 })
    expect(shuffled).toContain('60 releases')
    expect(shuffled).not.toContain('coin')
    expect(shuffled).toContain('contribution is bounded before the noise is added, and the noise is drawn afresh')
  })
  it('names its relation and its accountant', () => {
    const text = statement(gaussian({ noiseMultiplier: 4 }), { delta: 1e-6, relation: 'replace-one', accountant: 'rdp' })
    expect(text).toContain('one record being replaced by another')
    expect(text).toMatch(/Renyi differential privacy at order [\d.]+/)
    expect(statement(gaussian({ noiseMultiplier: 4 }), { delta: 1e-6, accountant: 'zcdp' })).toContain('zero-concentrated')
    expect(statement(pure({ epsilon: 0.1 }), { delta: 1e-6, accountant: 'basic' })).toContain('basic composition')
  })
  it('claims nothing where there is nothing to claim', () => {
    const text = statement(composed([run('poisson'), nonPrivate()]), { delta: 1e-5 })
    expect(text).toContain('No claim: at delta 1e-5 no finite epsilon can be given')
    expect(text).not.toContain('differentially private,')
  })
  it('rests on quoted guarantees where it does', () => {
    expect(statement(approximate({ epsilon: 1, delta: 1e-9 }), { delta: 1e-5 })).toContain(
      'the guarantees quoted for parts of the release are true',
    )
  })
  it.each([
    [{}, '"delta" must be'],
    [{ delta: 1 }, '"delta" must be'],
    [{ delta: Number.NaN }, '"delta" must be'],
    [{ delta: 1e-5, relation: 'replace' }, '"relation" must be'],
    [{ delta: 1e-5, accountant: 'magic' }, '"accountant" must be'],
    [{ delta: 1e-5, Delta: 1 }, 'did you mean "delta"'],
  ])('refuses %o', (options, message) => {
    expect(() => statement(run('poisson'), options as never)).toThrow(InvalidParameterError)
    expect(() => statement(run('poisson'), options as never)).toThrow(message)
  })
})

describe('the advantage of an attacker', () => {
  it('is delta at epsilon 0 where that is the least', () => {
    const bound = epsilon(run('poisson'), { delta: 1e-5 })
    const advantage = greatestAdvantage(run('poisson'), bound, { epsilon: bound.upper, delta: 1e-5 })
    expect(advantage).toBe(deltaOf(run('poisson'), { epsilon: 0 }).upper)
  })
  it('is that of randomised response for a pure guarantee: (e^epsilon - 1) / (e^epsilon + 1)', () => {
    const bound = epsilon(pure({ epsilon: 1 }), { delta: 0 })
    expect(greatestAdvantage(pure({ epsilon: 1 }), bound, { epsilon: 1, delta: 0 })).toBeCloseTo(Math.expm1(1) / (Math.E + 1), 9)
  })
  it('is 1 where nothing is promised', () => {
    const bound = epsilon(nonPrivate(), { delta: 0 })
    expect(greatestAdvantage(nonPrivate(), bound, { epsilon: Number.POSITIVE_INFINITY, delta: 0 })).toBe(1)
  })
})
