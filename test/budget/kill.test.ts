import { describe, expect, it } from 'vitest'
import { killings } from './killing.ts'

describe.skipIf(process.platform === 'win32')('real processes', () => {
  it('killed at any moment, two on one ledger: no acknowledged spend is lost, no key has two answers', async () => {
    const report = await killings(20, Math.random)
    expect(report.faults).toEqual([])
    expect(report.kills).toBe(40)
    expect(report.spends).toBeGreaterThan(50)
    expect(report.releases).toBeGreaterThan(10)
    expect(report.entries).toBeGreaterThanOrEqual(report.spends + report.releases)
  })
})
