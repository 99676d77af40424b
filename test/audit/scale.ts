/** How many times the draws of the quick run: 1 in `npm test`, more by vitest.audit.config.ts. */
export const scale: number = Number(process.env['AUDIT_SCALE'] ?? 1)
