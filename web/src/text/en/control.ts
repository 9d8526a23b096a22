const people = (count: string, one: boolean) => `${count} ${one ? 'person' : 'people'}`;
const calls = (count: string, one: boolean) => `${count} ${one ? 'call' : 'calls'}`;

/** Texts of starting, pausing, resuming and stopping a batch, wherever that is done. */
export const control = {
  actions: {
    start: 'Start',
    startNow: 'Start now',
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    edit: 'Edit',
    report: 'Download Report',
  },
  done: {
    started: (name: string) => `${name} is started. The first calls are being placed.`,
    scheduled: (name: string) => `${name} is scheduled and starts by itself.`,
    paused: (name: string, finishing: string, one: boolean, none: boolean) =>
      `${name} is paused. ${none ? 'No call is in progress.' : `${calls(finishing, one)} in progress will finish.`}`,
    resumed: (name: string, left: string, one: boolean) => `${name} goes on. ${people(left, one)} still to be called.`,
    stopped: (name: string, finishing: string, oneCall: boolean, uncalled: string, onePerson: boolean) =>
      `${name} is stopped. ${calls(finishing, oneCall)} will finish, ${people(uncalled, onePerson)} will not be called.`,
    failed: (action: string, name: string) => `${action}: nothing was done to ${name}`,
  },
  stop: {
    title: 'Stop this batch?',
    confirm: 'Stop the batch',
    what: (finishing: string, oneCall: boolean, notCalled: string, onePerson: boolean) =>
      `${calls(finishing, oneCall)} will finish, ${people(notCalled, onePerson)} will not be called.`,
    retries: (count: string, one: boolean) =>
      `Of those, ${people(count, one)} ${one ? 'waits' : 'wait'} for a retry and ${one ? 'keeps' : 'keep'} the status of the last attempt.`,
    forever: 'This cannot be undone.',
  },
} as const;
