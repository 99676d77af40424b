/**
 * Imports go down only. A room may import from the floors below its own, and from its own room.
 * Floors, bottom up; rooms on one floor do not know each other unless `beside` says so.
 */
const floors = [
  ['errors', 'guard'],
  ['numeric'],
  ['random', 'events'],
  ['accounting', 'mechanisms', 'clipping', 'testing'],
  ['budget', 'statistics'],
  ['federated', 'tfjs', 'cli'],
]
const beside = {
  guard: ['errors'],
  mechanisms: ['accounting', 'clipping'],
  cli: ['federated'],
  statistics: ['budget'],
  testing: ['accounting'],
}
/** Accounts are arithmetic: what was released is read, nothing is drawn. */
const without = { accounting: ['random'] }

const place = (room) => (floors[0].includes(room) ? `^src/${room}\\.ts$` : `^src/${room}/`)

const upward = floors.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const below = floors
      .slice(0, floor)
      .flat()
      .filter((other) => !without[room]?.includes(other))
    const allowed = [room, ...below, ...(beside[room] ?? [])]
    return {
      name: `floor-of-${room}`,
      comment: `${room} may import only from: ${allowed.join(', ')}`,
      severity: 'error',
      from: { path: place(room) },
      to: { path: '^src/', pathNot: allowed.map(place) },
    }
  }),
)

/** The one room that may import each package from outside. */
const outside = { '@stdlib/random-base-mt19937': 'testing', '@tensorflow/': 'tfjs', '@noble/': 'federated' }

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'runs-everywhere',
      comment: 'only the command line and the ledger on disk may know Node',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|budget)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'known-rooms-only',
      comment: 'a new room must be given its floor',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: floors.flat().map(place) },
      to: {},
    },
    {
      name: 'packages-in-their-rooms',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'],
        pathNot: Object.keys(outside).map((name) => `node_modules/${name}`),
      },
    },
    ...Object.entries(outside).map(([name, room]) => ({
      name: `only-${room}-imports-${name.replace(/\W/g, '')}`,
      severity: 'error',
      from: { path: '^src/', pathNot: place(room) },
      to: { path: `node_modules/${name}` },
    })),
    ...upward,
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } },
}
