import fc from 'fast-check'

/**
 * Property tests are the same in every run, so that a change is judged by the change. `EXPLORE=1 npm test` looks elsewhere, and
 * what it finds is worth a case of its own.
 */
const explore = process.env['EXPLORE'] !== undefined
fc.configureGlobal(explore ? {} : { seed: 20_211 })
