/** Texts of the results that an agent records. */
export const results = {
  title: 'Results',
  about: 'What the calls are for: each result becomes a column of the report, a filter and a chart. The steps of a script record them, too.',
  none: 'No results.',
  add: 'Add a result',
  label: (n: number) => `Result ${n}`,
  remove: (n: number) => `Remove result ${n}`,
  name: 'Name',
  meaning: 'What it means, for the agent',
  type: 'Type',
  types: { text: 'Text', number: 'Number', boolean: 'Yes or no', choice: 'Choice' },
  choices: 'Choices, one on each line',
};
