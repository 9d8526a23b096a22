// Voices that speak, and sounds that are played instead.
export const voices = {
  own: 'The language’s own voice',
  women: 'Women’s voices',
  men: 'Men’s voices',
  hear: 'Hear this voice',
  sample: 'Good day. This is how I sound on the telephone.',
  unlisted: (tag: string) => `${tag}, not in this server’s list`,
  none: 'No voice is called so.',
  noList: 'The list of voices cannot be read; type a tag such as en-US or de.',
} as const;

export const hear = {
  it: 'Hear it',
  stop: 'Stop',
  text: (text: string) => `Hear “${text}”`,
  failed: 'This could not be played.',
} as const;

export const sounds = {
  title: 'Sounds',
  link: 'Sounds',
  about: 'Recordings that an agent plays instead of speaking. Upload a WAV file, then choose it beside a text of a draft.',
  label: 'Sounds',
  name: 'Name',
  length: 'Length',
  uses: 'Played by',
  nobody: 'Nobody yet',
  use: (agent: string, version: number, draft: boolean) => `${agent}, version ${version}${draft ? ' (draft)' : ''}`,
  more: (n: number) => `and ${n} more`,
  created: 'Uploaded',
  empty: 'No sounds yet',
  emptyAbout: 'A recorded voice often sounds better than a spoken text. Names and dates from the file are still spoken.',
  playHead: 'Play',
  play: (name: string) => `Play ${name}`,
  remove: 'Delete',
  removeTitle: (name: string) => `Delete “${name}”?`,
  removeAbout: 'The sound is deleted for good. One that a version plays cannot be deleted.',
  removed: (name: string) => `“${name}” is deleted.`,
  upload: {
    button: 'Upload a sound',
    title: 'Upload a sound',
    about: 'A WAV file of up to five minutes and 25 MiB: PCM or G.711, at any rate. It is kept as it sounds on a telephone.',
    drop: 'Drop a WAV file here, or choose one',
    close: 'Close',
    done: (name: string) => `“${name}” is there.`,
  },
  choose: {
    button: 'Play a sound…',
    line: (n: number) => `Play a sound for line ${n}…`,
    none: 'No sounds yet',
    text: 'Say a text instead',
    plays: 'A recording is played here.',
  },
} as const;
