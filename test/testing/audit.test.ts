import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { approximate, gdp, pure, randomizedResponse as randomizedResponseEvent, zcdp } from '../../src/events/index.ts'
import { discreteGaussian, gaussian, laplace, optimizedUnaryEncoding, randomizedResponse } from '../../src/mechanisms/index.ts'
import { featuresOf, grainOf, readingOf, Thrown } from '../../src/testing/features.ts'
import { type AuditOptions, audit, auditOutputs, insecureSeeded } from '../../src/testing/index.ts'
import { learn } from '../../src/testing/questions.ts'
import { seededBits } from '../random/support.ts'

const draws = 30_000
const unit = (seed: number): (() => number) => {
  const bits = seededBits(seed)
  return () => (bits.bits(53) + 0.5) / 2 ** 53
}

describe('an audit of what is private', () => {
  it('comes close to the claim of a mechanism, and not past it', () => {
    const found = audit(
      laplace({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(1) }),
      { here: 0, there: 1 },
      { draws },
    )
    expect(found.epsilon).toBeGreaterThan(0.88)
    expect(found.epsilon).toBeLessThan(1)
    expect(found).toMatchObject({ delta: 0, confidence: 1 - 1e-6, draws, claimed: 1, exceedsClaim: false })
    expect(found.question).toContain('output')
    expect(found.asked).toBeGreaterThan(5)
    expect(Object.isFrozen(found)).toBe(true)
  })
  it('bounds mu, and holds it against what is claimed of noise', () => {
    const mechanism = gaussian({ l2Sensitivity: 1, stddev: 1, insecureRandom: insecureSeeded(2) })
    const found = audit(mechanism, { here: 0, there: 1 }, { draws, delta: 1e-3 })
    expect(found.mu).toBeGreaterThan(0.88)
    expect(found.mu).toBeLessThan(1)
    expect(found.claimed).toBeCloseTo(3.13867, 4)
    expect(found.exceedsClaim).toBe(false)
    const over = { draws, claim: gdp({ mu: 0.8 }) }
    expect(audit(mechanism, { here: 0, there: 1 }, over).exceedsClaim).toBe(true)
    const discrete = discreteGaussian({ sensitivity: 1, rho: 0.5, insecureRandom: insecureSeeded(3) })
    expect(audit(discrete, { here: 0, there: 1 }, { draws }).exceedsClaim).toBe(false)
    expect(audit(discrete, { here: 0, there: 1 }, { draws, delta: 0.1, claim: zcdp({ rho: 0.5 }) }).exceedsClaim).toBe(false)
    expect(audit(discrete, { here: 0, there: 1 }, { draws, claim: zcdp({ rho: 0.1 }) }).exceedsClaim).toBe(true)
  })
  it('takes delta from the guarantee', () => {
    const mechanism = gaussian({ l2Sensitivity: 1, epsilon: 1, delta: 0.01, insecureRandom: insecureSeeded(4) })
    const found = audit(mechanism, { here: 0, there: 1 }, { draws })
    expect(found.delta).toBe(0.01)
    expect(found.epsilon).toBeLessThan(1)
    expect(found.exceedsClaim).toBe(false)
    const claim = approximate({ epsilon: 0.1, delta: 0.01 })
    expect(audit(mechanism, { here: 0, there: 1 }, { draws, claim }).exceedsClaim).toBe(true)
  })
  it('reads whatever a release is', () => {
    const flips = randomizedResponse({ epsilon: 1, insecureRandom: insecureSeeded(5) })
    const boolean = audit(flips, { here: true, there: false }, { draws: 8000 })
    expect(boolean.epsilon).toBeGreaterThan(0.8)
    expect(boolean.exceedsClaim).toBe(false)
    const text = audit(
      optimizedUnaryEncoding({ epsilon: 1, categories: 4, insecureRandom: insecureSeeded(6) }),
      { here: 0, there: 3 },
      { draws: 8000 },
    )
    expect(text.epsilon).toBeGreaterThan(0.6)
    expect(text.exceedsClaim).toBe(false)
    const inside = (truth: boolean): unknown => ({
      kind: 'answer',
      at: { says: [flips.release(truth) ? 1n : 0n] },
      date: new Date(0),
    })
    expect(audit(inside, { here: true, there: false }, { draws: 8000 }).epsilon).toBeGreaterThan(0.8)
    const vector = laplace({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(7) })
    const there = Float64Array.of(0.25, 0.25, 0.5)
    const found = audit(vector, { here: new Float64Array(3), there }, { draws: 8000 })
    expect(found.epsilon).toBeGreaterThan(0.4)
    expect(found.epsilon).toBeLessThan(1)
    const noise = gaussian({ l2Sensitivity: 1, stddev: 1, insecureRandom: insecureSeeded(8) })
    const side = new Array<number>(16).fill(0.25)
    expect(audit(noise, { here: new Array<number>(16).fill(0), there: side }, { draws: 8000 }).mu).toBeGreaterThan(0.7)
  })
})

describe('an audit of what is not', () => {
  const naive = (next: () => number) => (x: number) => {
    const u = next() - 0.5
    return x - Math.sign(u) * Math.log(1 - 2 * Math.abs(u))
  }
  it('finds it by the last bits', () => {
    const found = audit(naive(unit(11)), { here: 0, there: 1 }, { draws: 10_000, claim: pure({ epsilon: 1 }) })
    expect(found.exceedsClaim).toBe(true)
    expect(found.epsilon).toBeGreaterThan(3)
    expect(found.question).toContain('last bit')
  })
  it('finds an error that one side throws, and rethrows what both always throw', () => {
    const throws = (x: number): number => {
      if (x > 0) throw new RangeError('data')
      return 0
    }
    const found = audit(throws, { here: 0, there: 1 }, { draws: 1000 })
    expect(found.epsilon).toBeGreaterThan(2)
    expect(found.claimed).toBeUndefined()
    expect(found.exceedsClaim).toBeUndefined()
    expect(() => audit(throws, { here: 2, there: 1 }, { draws: 1000 })).toThrow(RangeError)
  })
  it('knows when nothing is known of a claim', () => {
    // No accountant has a trade-off curve for adding or removing the answer of one who answers at random.
    const claim = randomizedResponseEvent({ epsilon: 1, categories: 2 })
    const found = audit((x: number) => x, { here: 0, there: 1 }, { draws: 500, claim, relation: 'add-or-remove' })
    expect(found.epsilon).toBeGreaterThan(2)
    expect(found.exceedsClaim).toBeUndefined()
  })
  it('asks the questions that it is given, whatever it learned', () => {
    let turn = 0
    const odd = (x: number): { secret: number } => ({ secret: 7 * (turn++ % 50) + x })
    const questions = { 'a multiple of 7': ({ secret }: { secret: number }) => secret % 7 === 0 }
    const found = audit(odd, { here: 0, there: 1 }, { draws: 2000, questions })
    expect(found.epsilon).toBeGreaterThan(4)
    expect(found.question).toBe('a multiple of 7')
  })
  it('and outputs that were collected before', () => {
    const outputs = (x: number): string[] => Array.from({ length: 1000 }, (_, i) => (i % 10 < x ? 'a' : 'b'))
    const found = auditOutputs({ here: outputs(9), there: outputs(1) }, { significance: 0.01, claim: pure({ epsilon: 1 }) })
    expect(found.epsilon).toBeGreaterThan(1.5)
    expect(found.epsilon).toBeLessThan(Math.log(9))
    expect(found).toMatchObject({ exceedsClaim: true, draws: 1000, confidence: 0.99 })
    expect(auditOutputs({ here: outputs(5), there: outputs(5) })).toMatchObject({ epsilon: 0, mu: 0, question: undefined })
  })
})

describe('a proof holds as often as it says', () => {
  it('of 400 audits at significance 0.05 of a fair claim, fewer than 1 in 20 say otherwise', () => {
    const { release } = randomizedResponse({ epsilon: 0.5, categories: 3, insecureRandom: insecureSeeded(21) })
    let wrong = 0
    for (let i = 0; i < 400; i++) {
      const found = audit(release as (x: number) => number, { here: 0, there: 1 }, { draws: 300, significance: 0.05 })
      if (found.epsilon > 0.5) wrong += 1
    }
    expect(wrong).toBeLessThan(20)
  })
  it('what is learned is never judged by the outputs that taught it', () => {
    // Outputs that never come twice: memory of the lessons would tell the sides apart for certain.
    let next = 0
    const fresh = (): string => String(next++)
    expect(audit(fresh, { here: 0, there: 0 }, { draws: 2000, significance: 0.05 }).epsilon).toBe(0)
  })
})

describe('what is refused', () => {
  const same = (x: unknown): unknown => x
  it.each([
    [{ draws: 99 }, 'draws'],
    [{ significance: 1 }, 'significance'],
    [{ delta: 1 }, 'delta'],
    [{ questions: { always: true } }, 'questions.always'],
    [{ questions: [] }, 'questions'],
    [{ claim: 1 }, 'claim'],
    [{ claim: { kind: 'strange' } }, 'claim'],
    [{ relation: 'none' }, 'relation'],
    [{ stray: 1 }, 'stray'],
  ])('%o', (options, name) => {
    expect(() => audit(same, { here: 0, there: 1 }, options as unknown as AuditOptions)).toThrow(name)
  })
  it('programs, neighbours and outputs that are none', () => {
    expect(() => audit({} as never, { here: 0, there: 1 })).toThrow('audited')
    expect(() => audit(null as never, { here: 0, there: 1 })).toThrow('audited')
    expect(() => audit(same, { here: 0 } as never)).toThrow('neighbours.there')
    expect(() => audit(same, [0, 1] as never)).toThrow('neighbours')
    expect(() => auditOutputs({ here: [1], there: [1] })).toThrow('here')
    expect(() => audit(async () => 1, { here: 0, there: 1 }, { draws: 100 })).toThrow(InvalidParameterError)
  })
})

describe('features', () => {
  it('the grain is the exponent of the lowest set bit', () => {
    for (const [value, grain] of [
      [1, 0],
      [12, 2],
      [0.75, -2],
      [-(2 ** 60), 60],
      [2 ** 53 - 1, 0],
      [5e-324, -1074],
      [2 ** -1022, -1022],
      [1 + 2 ** -52, -52],
      [2 ** 32 + 2 ** 20, 20],
      [0, 1024],
    ] as const) {
      expect(grainOf(value)).toBe(grain)
    }
    expect(grainOf(Number.NaN)).toBe('NaN')
  })
  it('readings never throw', () => {
    const circle: unknown[] = []
    circle.push(circle)
    const strange = [undefined, null, Symbol('s'), () => 1, 1n, -0, Number.NaN, circle, new Map(), new Date(Number.NaN), [1n]]
    for (const value of strange) expect(typeof readingOf(value)).toBe('string')
    expect(readingOf(-0)).not.toBe(readingOf(0))
    expect(readingOf('1')).not.toBe(readingOf(1))
    expect(readingOf(Float64Array.of(1, 2))).toBe('[1,2]')
    expect(readingOf(new Thrown(new Error('data')))).toBe('an error')
  })
  it('lists have totals, and places; wide ones only their first fields', () => {
    const here = Array.from({ length: 60 }, () => Array.from({ length: 100 }, (_, i) => i))
    const features = featuresOf(here, here)
    const value = (name: string): unknown => features.find((feature) => feature.name === name)?.of(here[0])
    expect(value('the sum of output')).toBe(4950)
    expect(value('the least of output')).toBe(0)
    expect(value('the largest of output')).toBe(99)
    expect(value('where output is largest')).toBe(99)
    expect(value('the length of output')).toBe(100)
    expect(value('output.3')).toBe(3)
    expect(features.length).toBeLessThan(40)
  })
  it('nothing is learned where nothing differs', () => {
    const same = Array.from({ length: 500 }, (_, i) => i % 5)
    expect(learn(same, same, { significance: 1e-6, delta: 0, trials: 500 })).toEqual([])
  })
})
