/** Texts of the list of batches. */
export const list = {
  label: 'Batch calls',
  newBatch: 'New Batch',
  search: 'Search by name',
  status: 'State',
  all: 'All states',
  agent: 'Agent',
  anyAgent: 'All agents',
  sort: 'Order',
  sorts: {
    '-created_at': 'Newest first',
    created_at: 'Oldest first',
    name: 'Name A to Z',
    '-name': 'Name Z to A',
    starts_at: 'Earliest planned start',
    '-starts_at': 'Latest planned start',
  },
  columns: { name: 'Name', state: 'State', progress: 'Progress', started: 'Started', people: 'People', answerRate: 'Answer rate', menu: 'Actions' },
  answerRateHelp: 'Of the people whose calls are over, those with whom a conversation took place',
  done: (done: string, total: string) => `${done} of ${total} done`,
  starts: 'Starts',
  notStarted: 'Not started',
  total: (count: string, one: boolean) => `${count} ${one ? 'batch' : 'batches'}`,
  pages: 'Pages',
  pageControls: { first: 'First page', previous: 'Previous page', next: 'Next page', last: 'Last page' },
  perPage: 'On a page',
  perPageOption: (count: number) => `${count} on a page`,
  nothingFound: 'No batch matches',
  nothingFoundHelp: 'No batch has this name, state and agent together.',
  clear: 'Clear the filters',
  first: {
    title: 'Call your first list',
    intro: 'A batch calls everybody in a CSV or XLSX file with one of your agents. It needs three things first.',
    introReady: 'Everything is ready: drop a CSV or XLSX file and choose when to start.',
    done: 'Done',
    toDo: 'To do',
    steps: {
      trunk: ['Connect a trunk', 'Your way into the telephone network.'],
      number: ['Add a phone number', 'The caller ID that people see.'],
      agent: ['Publish an agent', 'What is said when somebody answers.'],
      batch: ['Create a batch', 'Whom to call, and when.'],
    },
  },
} as const;

/** Texts of what can be done to a batch from its row. */
export const actions = {
  menu: (name: string) => `Actions for ${name}`,
  duplicate: 'Duplicate…',
  remove: 'Delete…',
  removed: (name: string) => `${name} is deleted.`,
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: 'The draft and its list of people will be gone. This cannot be undone.',
  removeConfirm: 'Delete the draft',
  removeOverText:
    'Its list of people, calls, transcripts, recordings and report will be gone. Its name and counts stay in the audit log. This cannot be undone.',
  removeOverConfirm: 'Delete the batch',
} as const;
