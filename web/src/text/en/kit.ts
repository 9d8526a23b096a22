/** Texts of the shared pieces. */
export const kit = {
  batchStates: {
    draft: 'Draft',
    scheduled: 'Scheduled',
    running: 'Active',
    paused: 'Paused',
    completed: 'Completed',
    cancelled: 'Stopped',
  },
  recipientStatuses: {
    pending: 'Pending',
    in_progress: 'In progress',
    completed: 'Completed',
    no_answer: 'No answer',
    voicemail: 'Voicemail',
    failed: 'Failed',
    skipped: 'Skipped',
    cancelled: 'Cancelled',
  },
  recipientShare: (count: string, status: string) => `${count} ${status.toLowerCase()}`,
  outcomes: {
    completed: 'Completed',
    no_answer: 'No answer',
    voicemail: 'Voicemail',
    busy: 'Busy',
    failed: 'Failed',
    rejected_by_route: 'Rejected by route',
    interrupted: 'Interrupted',
  },
  problems: {
    unreachable: {
      title: 'The server cannot be reached',
      detail: 'No answer came. Check that Campanile is running and that you are online, then try again.',
    },
    unexpected: (status: number) => ({
      title: 'The answer cannot be understood',
      detail: `The server, or something in front of it, answered with status ${status}. Try again in a moment.`,
    }),
    beside: 'Correct what is marked, then try again.',
    page: 'Something went wrong on this page',
    retry: 'Try again',
  },
  format: {
    underASecond: 'less than a second',
    unit: (unit: string, count: string, many: boolean) => `${count} ${unit}${many ? 's' : ''}`,
  },
  notLoaded: {
    title: 'This could not be loaded',
    text: 'The connection was lost, or a newer version of Campanile is on the server. Reload the page to go on.',
    reload: 'Reload',
  },
  copy: { copy: 'Copy', copied: 'Copied' },
  confirm: { cancel: 'Cancel' },
  table: {
    sortBy: (column: string) => `Sort by ${column}`,
    loading: 'Loading…',
  },
  when: { there: (time: string) => `${time} there` },
  drop: {
    or: 'or',
    choose: 'choose a file',
  },
  toast: { close: 'Dismiss' },
  close: 'Close',
} as const;
