import { describe, expect, it } from 'vitest'
import { discreteLaplaceSampler, gaussianAdder } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import vectors from '../vectors/random-known-answers.json' with { type: 'json' }
import { answers } from '../vectors/random-known-answers.ts'

describe('known answers', () => {
  const found = answers()
  it.each(Object.entries(vectors.answers))('%s', (name, recorded) => {
    expect(found[name]).toEqual(recorded)
  })
  it('are on record for everything', () => {
    expect(Object.keys(found)).toEqual(Object.keys(vectors.answers))
  })
  it('stand in the headers', () => {
    const noise = discreteLaplaceSampler({ scale: 10, insecureRandom: insecureSeeded(1) })
    expect([noise.sample(), noise.sample(), noise.sample()]).toEqual([34, 13, -10])
    expect(gaussianAdder({ stddev: 2, insecureRandom: insecureSeeded(1) }).release(10)).toBe(7.84630901530727)
  })
})
