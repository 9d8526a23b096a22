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
  start: {
    title: 'Start this batch?',
    titleLater: 'Schedule this batch?',
    confirm: (count: string, one: boolean) => `Call ${people(count, one)}`,
    confirmUnknown: 'Start the batch',
    confirmLater: 'Schedule the batch',
    people: 'People',
    peopleOf: (count: string, one: boolean) => people(count, one),
    peopleUnknown: 'Not known: the file could not be checked',
    leftOut: (count: string, one: boolean) => `; ${count} rejected ${one ? 'row is' : 'rows are'} left out`,
    from: 'Caller ID',
    agent: 'Agent',
    agentVersion: (agent: string, version: number) => `${agent}, version ${version}`,
    when: 'Begins',
    rightAway: (now: string) => `Right away: it is ${now}`,
    alsoYours: (there: string, yours: string) => `${there}, which is ${yours} on your clock`,
    local: 'Their clocks then',
    span: (first: string, last: string) => `${first} to ${last}`,
    hours: 'Calling hours',
    always: 'None: people are called at any hour',
    noHours: 'Phones may ring at night. Set calling hours to keep to the day where people live.',
    price: (count: string, one: boolean) =>
      `A mistake costs up to ${calls(count, one)}. The first phones ring within a second, your carrier charges for each call, and nobody can take one back.`,
    priceUnknown: 'The first phones ring within a second, your carrier charges for each call, and nobody can take one back.',
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
