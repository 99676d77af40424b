/**
 * The budget: spend, refuse, remember.
 *
 * @module
 */

export {}
