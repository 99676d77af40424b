/**
 * Statistics of tables: counts, sums, means, quantiles, histograms, with what one privacy unit may contribute bounded.
 *
 * @module
 */

export {}
