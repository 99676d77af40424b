import { run } from '../../src/cli/run.ts'

/** A world that a test looks into. */
export type Surroundings = {
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly stdin?: string
  /** The width of a terminal; without it the output goes into a pipe. */
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  readonly stdinIsTTY?: boolean
}

export type Outcome = { readonly code: number; readonly out: string; readonly err: string; readonly labels: readonly string[] }

/** The words of a line, as a shell without any tricks splits it. */
export const words = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '')

/** Runs a command line in this process. */
export async function indistinct(line: string | readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const labels: string[] = []
  const bytes = (content: string | Uint8Array): Uint8Array =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content
  const code = await run(typeof line === 'string' ? words(line) : line, {
    env: around.env ?? {},
    stdout: { write: (text) => void out.push(text), isTTY: around.columns !== undefined, columns: around.columns },
    stderr: { write: (text) => void err.push(text), isTTY: false, columns: undefined },
    stdinIsTTY: around.stdinIsTTY ?? false,
    readFile: async (path) => {
      const content = around.files?.[path]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return bytes(content)
    },
    readStdin: async () => bytes(around.stdin ?? ''),
    during: (label, work) => {
      labels.push(label)
      return work()
    },
  })
  return { code, out: out.join(''), err: err.join(''), labels }
}
