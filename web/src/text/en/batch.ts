import { blockers, limits } from './blockers';
import { control } from './control';
import { recipientWords } from './recipients';

const people = (count: string, one: boolean) => `${count} ${one ? 'person' : 'people'}`;
const calls = (count: string, one: boolean) => `${count} ${one ? 'call' : 'calls'}`;

/** Texts of one batch's page. */
export const batch = {
  back: 'Batch Calls',
  from: (number: string) => `from ${number}`,
  startedAt: 'started',
  startsAt: 'starts',
  tabs: { label: 'Parts of the batch', recipients: 'Recipients', rejections: 'Rejections', settings: 'Settings' },

  blockers,
  dialing: {
    free: 'Dialing now',
    freeHelp: 'Nothing stands in the way of the next call.',
    limited: (title: string) => `Dialing: ${lowerFirst(title)}`,
    draftHelp: 'Nobody is called until you start it.',
    draftNotDialing: 'Not started',
    never: 'Calling hours do not open within 14 days for those who are left. Numbers whose time zone is unknown are never called on the recipient’s clock: give the batch a named time zone, or stop it.',
    clearsIn: (span: string) => `Goes on in ${span}`,
    clearsNow: 'Goes on in a moment',
    startsIn: (span: string) => `Starts in ${span}`,
    startsNow: 'Starts in a moment',
    restored: 'A backup was restored: it waits for you',
    ended: 'It reached its end time and stopped.',
    stopped: 'It was stopped.',
    stoppedHelp: 'Those who were not called yet are cancelled.',
    finished: 'Finished',
  },
  forecast: {
    title: 'Forecast',
    ifResumed: 'Forecast, if resumed now',
    ifStarted: 'Forecast, if started now',
    likely: (span: string) => `Done in about ${span}`,
    soon: 'Done in a moment',
    between: (early: string, late: string) => `Between ${early} and ${late}`,
    pace: (count: string, one: boolean) => `About ${calls(count, one)} at once.`,
    limit: (what: string) => `What takes the time: ${what}.`,
    limits,
    cutShort: 'It will reach its end time before everybody was called.',
    assumed: 'An assumption so far: it gets better with the first calls.',
  },

  progress: {
    total: 'Total',
    done: (done: string, total: string) => `${done} of ${total} done`,
    bar: (words: string) => `Recipients by status: ${words}`,
    attempts: (count: string, one: boolean) => `${count} ${one ? 'attempt' : 'attempts'} made`,
  },
  rounds: {
    title: 'Rounds',
    first: 'First calls',
    retry: (n: number) => `Retry ${n}`,
    of: (attempted: string, total: string) => `${attempted} of ${total}`,
    none: 'Nobody has been called yet.',
  },

  series: {
    title: 'Calls over time',
    view: 'Show as',
    chart: 'Chart',
    table: 'Table',
    outcomes: 'Calls ended',
    atOnce: 'Calls at once',
    limit: 'Limit',
    time: 'Time',
    none: 'The chart begins with the first call.',
    bucket: (span: string) => `Each step is ${span}.`,
    tableLabel: 'Calls that ended, by outcome, and calls at once, by time',
    chartLabel: (total: string, peak: string, limit: string | undefined) =>
      `Chart of ${total} ended calls over time, and of calls at once: at most ${peak}${limit ? ` of ${limit} allowed` : ''}. The same is in the table.`,
    total: 'All',
  },

  actions: {
    ...control.actions,
    redial: 'Redial the rest',
    csv: 'CSV',
    reportCsv: 'Download report as CSV',
    reportXlsxAttempts: 'Excel, one line for each call',
    reportCsvAttempts: 'CSV, one line for each call',
    rejections: 'Rejected rows',
    more: 'Other downloads',
  },
  stop: control.stop,
  redial: {
    title: 'Redial the rest',
    intro: 'A new batch is made of those who ended so, with the same columns and settings. Every number is checked again.',
    who: 'Whom to call again',
    name: 'Name of the new batch',
    nextName: (name: string) => `${name}, again`,
    start: 'Start at once',
    startHelp: 'Otherwise it stays a draft that you can look at and edit first.',
    confirm: (count: string, one: boolean) => `Create a batch of ${people(count, one)}`,
    nobody: 'Choose at least one status that somebody has',
    made: 'The new batch is ready',
    cancel: 'Cancel',
  },

  ...recipientWords,

  settings: {
    agent: 'Agent',
    agentVersion: (agent: string, version: number) => `${agent}, version ${version}`,
    number: 'From number',
    file: 'File',
    noFile: 'Recipients came through the API',
    columns: 'Columns',
    created: 'Created',
    starts: 'Starts',
    startsNow: 'As soon as it is started',
    started: 'Started',
    finished: 'Finished',
    ends: 'Stops by itself',
    never: 'When everybody was called',
    hours: 'Calling hours',
    always: 'At any time',
    hoursIn: (start: string, end: string, days: string, zone: string) => `${start} to ${end}, ${days}, ${zone}`,
    everyDay: 'every day',
    days: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
    recipientZone: 'each recipient’s own time',
    retries: 'Retries',
    noRetries: 'None: everybody is called once',
    retriesAre: (max: string, one: boolean, wait: string) => `Up to ${max} ${one ? 'retry' : 'retries'}, ${wait} after the call before`,
    atOnce: 'without a wait',
    retryOn: (what: string) => `after: ${what}`,
    retryKinds: {
      retry_on_no_answer: 'no answer',
      retry_on_voicemail: 'voicemail',
      retry_on_busy: 'busy',
      retry_on_declined: 'declined',
      retry_on_failed: 'failed',
      retry_on_interrupted: 'interrupted',
    },
    limits: 'Calls at once',
    asWorkspace: 'As many as the workspace may have',
    weight: 'Weight',
    weightOf: (weight: string) => `${weight} (share among batches that run at once)`,
    country: 'Country of numbers without a country code',
    noCountry: 'None: such numbers are rejected',
    duplicates: 'Duplicate numbers',
    allow: 'Called once for each row',
    reject: 'Rejected from the second row on',
  },
} as const;

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
