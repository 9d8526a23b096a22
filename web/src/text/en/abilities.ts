/** Texts of what an agent may do beside talking. */
export const abilities = {
  title: 'What it may do',
  transferHelp: 'Numbers to which the agent may transfer a call, one on each line, with the plus. Without any it transfers none.',
  transferSample: '+14155550123',
  interruptibleHelp: 'Who speaks over it silences it. A cough or a “mhm” does not.',
  interruptibleOn: 'Who speaks over it silences it.',
  interruptibleOff: 'It goes on talking when somebody speaks over it.',
  failureHelp: 'Campanile’s own voice says it when the agent’s server is lost in the middle of a call, or when a transfer fails. Empty: nothing is said.',
} as const;

export const tools = {
  about: 'Functions of your own: when the agent calls one, Campanile posts its arguments and the call’s ID to your server, and the agent gets what it answers.',
  label: (n: number) => `Function ${n}`,
  name: 'Name',
  url: 'URL',
  timeout: 'Timeout',
  meaning: 'What it does, for the agent',
  parameters: 'Parameters',
  parametersHelp: 'A JSON Schema object that says which arguments the agent gives. Empty: none.',
  parametersSample: '{ "properties": { "day": { "type": "string" } }, "required": ["day"] }',
  headers: 'Headers',
  headersHelp: 'One a line, as name: value, such as a token. Their values are never shown again.',
  headersSample: 'Authorization: Bearer …',
  storedHeaders: (names: string) => `Stored: ${names}. Left empty they stay; what you type takes the place of all of them.`,
  add: 'Add a function',
  remove: (n: number) => `Remove function ${n}`,
  none: 'None',
} as const;
