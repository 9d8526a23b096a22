/** What final SIP answers mean to somebody who does not read SIP. */
const sipCodes: Readonly<Record<number, string>> = {
  200: 'The call was answered',
  300: 'The network named several other places; they are not followed',
  301: 'The number has moved',
  302: 'The number has moved for now',
  400: 'The trunk did not understand the request',
  401: 'The trunk wants a user name and password',
  402: 'The trunk wants a payment',
  403: 'The trunk forbids this call',
  404: 'Nobody has this number',
  405: 'The trunk does not take calls this way',
  406: 'The other side cannot take a call like this',
  407: 'The trunk wants a user name and password',
  408: 'No answer came in time',
  410: 'The number is no longer in use',
  415: 'The other side does not take this kind of sound',
  420: 'The other side wants something that Campanile does not do',
  429: 'The trunk wants fewer calls',
  480: 'The phone is off or out of reach',
  481: 'The other side does not know this call any more',
  482: 'The call went around in a circle',
  483: 'The call was passed on too often',
  484: 'The number is incomplete',
  486: 'The line is busy',
  487: 'Nobody picked up, so Campanile stopped ringing',
  488: 'The two sides have no codec in common',
  500: 'The trunk has a fault',
  501: 'The trunk cannot do this',
  502: 'A carrier behind the trunk has a fault',
  503: 'The trunk is overloaded or has no free channel',
  504: 'A carrier behind the trunk did not answer in time',
  600: 'The line is busy everywhere',
  603: 'The person declined',
  604: 'This number exists nowhere',
  606: 'The two sides have no codec in common',
  607: 'The person does not want such calls',
  608: 'A call filter of the network rejected the call',
};

const sipClasses: Readonly<Record<number, string>> = {
  1: 'The call is on its way',
  2: 'The call was answered',
  3: 'The network pointed elsewhere',
  4: 'The request was refused',
  5: 'The trunk or a carrier behind it has a fault',
  6: 'The call was refused everywhere',
};

/** The causes of ITU-T Q.850 that carriers really send. */
const q850Causes: Readonly<Record<number, string>> = {
  1: 'Nobody has this number',
  3: 'There is no way to this number',
  16: 'Ended normally',
  17: 'The line is busy',
  18: 'The phone did not react',
  19: 'It rang, and nobody answered',
  20: 'The phone is off or out of reach',
  21: 'The call was rejected',
  22: 'The number has changed',
  27: 'The phone is out of order',
  28: 'The number is incomplete or malformed',
  31: 'Ended normally, without a closer reason',
  34: 'No free channel',
  38: 'The network is out of order',
  41: 'A passing fault of the network',
  42: 'The network is overloaded',
  47: 'Not enough capacity',
  57: 'The line may not make such calls',
  58: 'The line cannot make such calls just now',
  88: 'The two sides do not fit together',
  102: 'A timer ran out in the network',
  111: 'A protocol error',
  127: 'A fault that the other network does not explain',
};

/** A final SIP answer in plain words; one that is not in the table by its class. */
export function sipWords(code: number): string {
  return sipCodes[code] ?? sipClasses[Math.floor(code / 100)] ?? 'An unknown answer';
}

export function q850Words(cause: number): string {
  return q850Causes[cause] ?? 'A cause without a plain meaning';
}
