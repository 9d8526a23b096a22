/** Texts of Settings > Limits. */
export const limits = {
  title: 'Limits',
  workspace: {
    title: 'Calls at once',
    about: 'How many calls all batches of this workspace may have at the same instant, ringing ones and retries included. Running batches share them by weight. It is never exceeded.',
    label: 'Most calls at once',
    zero: 'With 0 nothing is dialed: running batches wait.',
    save: 'Save',
    done: (n: string, one: boolean) => `The workspace may have ${n} ${one ? 'call' : 'calls'} at once.`,
  },
  others: {
    title: 'What else limits',
    about: 'The tightest of these decides. A batch that waits says on its page which one it is.',
    trunk: (name: string) => `Trunk ${name}`,
    trunkWords: (calls: string, one: boolean, pace: string) => `${calls} ${one ? 'call' : 'calls'} at once, ${pace} new per second`,
    batch: 'Each batch',
    batchWords: 'its own limit of calls at once, if it has one',
    daily: 'Each day',
    dailyWords: 'on managed trunks, attempts and minutes to countries outside the operator’s home list',
    toTrunks: 'Change trunks under Telephony',
  },
} as const;
