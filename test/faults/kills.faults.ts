import { expect, it } from 'vitest'
import { killings } from '../budget/killing.ts'

it('a thousand kills', async () => {
  const began = performance.now()
  const report = await killings(Number(process.env['KILLS'] ?? 1000) / 2, Math.random)
  console.log({ ...report, seconds: Math.round((performance.now() - began) / 1000) })
  expect(report.faults).toEqual([])
}, 3_600_000)
