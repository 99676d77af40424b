import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStore, openBudget } from '../../src/budget/index.ts'
import { laplace } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

/** The bytes of a ledger with three spends of 0.1. */
export async function queriesLedger(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'indistinct-queries-'))
  try {
    const path = join(folder, 'queries.ledger')
    const budget = await openBudget({ epsilon: 1 }, { store: fileStore(path) })
    const mechanism = laplace({ sensitivity: 1, epsilon: 0.1, insecureRandom: insecureSeeded(1) })
    await budget.release(mechanism, 1000, { label: 'visitors' })
    await budget.release(mechanism, 300, { label: 'new visitors', key: '2026-11' })
    await budget.spend(mechanism.event, { label: 'by hand' })
    await budget.close()
    return readFileSync(path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
