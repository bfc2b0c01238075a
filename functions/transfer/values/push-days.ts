/** The sweep aborts a push to which nobody has sent anything for so many days. */
export const PUSH_DAYS_DEFAULT = 7;
// The table keeps a transfer for 90 days after its last change, and the sweep sees only what the table has.
export const PUSH_DAYS_MAX = 89;

/** What is wrong with a number of days, in words. `undefined`: nothing. */
export function faultOfPushDays(days: number): string | undefined {
  if (Number.isInteger(days) && days >= 1 && days <= PUSH_DAYS_MAX) return undefined;
  return `\`pushDays\` is ${days}; it takes a whole number of days, 1 to ${PUSH_DAYS_MAX}`;
}
