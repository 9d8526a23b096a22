/** Texts of Settings > Privacy. */
export const privacy = {
  title: 'Privacy',
  keep: {
    title: 'How long batches are kept',
    about:
      'A batch that has been over for longer is deleted with its list of people, calls, transcripts and recordings. Its name and counts stay in the audit log.',
    label: 'Days after the end',
    empty: 'for ever',
    save: 'Save',
    shorter: 'Batches that have been over for longer go right away, and cannot be brought back.',
    done: (days: string | undefined) => (days === undefined ? 'Batches are kept for ever.' : `Batches are kept for ${days} days.`),
  },
  erasures: {
    title: 'Erased people',
    about: 'Everything that tells of a person goes; the counts of batches stay. The person is never called again. Backups still hold the person.',
    label: 'Erased people',
    none: 'Nobody has been erased',
    columns: { at: 'Asked for', by: 'By', state: 'State', rows: 'Rows', calls: 'Calls', recordings: 'Recordings' },
    states: { waiting: 'Waiting', done: 'Done' },
    inCall: 'Waiting for the end of a call',
  },
  erase: {
    button: 'Erase a person',
    title: 'Erase a person',
    number: 'Phone number',
    numberHelp: 'In international form, with the plus',
    about: 'Rows, calls, transcripts, recordings and events of this number will be gone. This cannot be undone.',
    sure: 'I want everything about this number to be deleted',
    submit: 'Erase',
    done: 'The person is erased.',
    waiting: 'The person is not called any more, and is erased when what goes on is over.',
  },
} as const;
