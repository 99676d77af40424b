/**
 * Local privacy: each person randomises their own answer, and no one is trusted with the truth.
 *
 * @module
 */

export {}
