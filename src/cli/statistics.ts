/** What `indistinct plan` can plan. */
export const statistics: readonly ['count', 'distinct-count', 'sum', 'mean', 'variance', 'histogram', 'quantile'] = [
  'count',
  'distinct-count',
  'sum',
  'mean',
  'variance',
  'histogram',
  'quantile',
]
