import { describe, expect, it } from 'vitest'
import { count, histogram, mean, plan, quantile, sum, variance } from '../../src/index.ts'
import { indistinct } from './terminal.ts'

const parsed = async (line: string): Promise<Record<string, unknown>> => {
  const { code, out, err } = await indistinct(`plan ${line} --json`)
  expect([err, code]).toEqual(['', 0])
  return JSON.parse(out) as Record<string, unknown>
}

describe('indistinct plan', () => {
  it('finds the least epsilon for an error, as the library does', async () => {
    const { epsilon, error } = plan((epsilon) => count({ epsilon }), { halfWidth: 10 })
    expect(await parsed('count --within 10')).toEqual({
      command: 'plan',
      statistic: 'count',
      confidence: 0.95,
      within: 10,
      plans: [{ epsilon, error }],
    })
    const { out } = await indistinct('plan count --within 10')
    expect(out).toMatch(/^epsilon 0\.2844 brings the count within 10 \(95%\)\n/)
  })
  it('says the errors at given epsilons', async () => {
    const made = mean({ lower: 0, upper: 120, epsilon: 0.5, recordsPerUnit: 2, unit: () => 0 })
    const json = await parsed('mean --lower 0 --upper 120 --records 1000 --per-unit 2 --epsilon 0.5,1 --confidence 0.99')
    expect(json['plans']).toMatchObject([
      { epsilon: 0.5, error: made.error({ records: 1000, confidence: 0.99 }) },
      { epsilon: 1 },
    ])
    const { out } = await indistinct('plan mean --lower 0 --upper 120 --records 1000 --epsilon 0.1,0.5,1')
    expect(out).toMatch(/^ {2}epsilon {2}at most off \(95%\)\n {6}0\.1 {14}3\.595\n/)
  })
  it('knows every statistic', async () => {
    const figures = async (line: string): Promise<unknown> => ((await parsed(line))['plans'] as { error: unknown }[])[0]?.error
    expect(await figures('sum --lower -1 --upper 50 --epsilon 2')).toEqual(sum({ lower: -1, upper: 50, epsilon: 2 }).error())
    expect(await figures('histogram --epsilon 1 --delta 1e-6')).toEqual(
      histogram({ epsilon: 1, delta: 1e-6, categories: ['a'] }).error(),
    )
    expect(await figures('distinct-count --epsilon 1 --per-unit 2')).toMatchObject({ halfWidth: 6 })
    expect(await figures('variance --lower 0 --upper 1 --records 500 --epsilon 1')).toEqual(
      variance({ lower: 0, upper: 1, epsilon: 1 }).error({ records: 500 }),
    )
    expect(await figures('quantile --at 0.5 --lower 0 --upper 120 --epsilon 1')).toEqual(
      quantile({ at: 0.5, lower: 0, upper: 120, epsilon: 1 }).error(),
    )
    const { out } = await indistinct('plan quantile --at 0.5 --lower 0 --upper 120 --within 20 --confidence 0.99')
    expect(out).toMatch(/^epsilon 0\.\d+ brings the quantile within 20 ranks \(99%\)/)
    expect((await indistinct('plan sum --lower 0 --upper 50 --per-unit 3 --epsilon 0.5')).out).toContain(
      'up to 3 records of each count',
    )
  })
  it.each([
    ['plan', 'still missing: --statistic mean'],
    ['plan mean --epsilon 1', 'still missing: --lower 0, --upper 120, --records 1000'],
    ['plan count', 'still missing: --within 10 or --epsilon 3'],
    ['plan count --within 1 --epsilon 1', '--epsilon cannot go with --within'],
    ['plan count --lower 3 --within 1', '--lower cannot go with a count'],
    ['plan medain --within 3', 'did you mean mean?'],
    ['plan count --within -3', '--within must be'],
    ['plan sum --lower 3 --upper 1 --epsilon 1', '--'],
    ['plan count --epsilon 0', '--epsilon'],
    ['plan count --epsilon 1 --confidence 1', '--confidence must be in (0, 1), got 1'],
  ])('%s', async (line, message) => {
    const { code, out, err } = await indistinct(line)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(message)
  })
})
