/** Texts of who talks in an agent. */
export const engines = {
  title: 'Who talks',
  type: 'Engine',
  types: { script: 'Script', media_stream: 'Your own bot (media stream)', realtime: 'Realtime model', pipeline: 'Pipeline of servers' },
  about: {
    script: 'Says its lines one after another, or follows steps that ask questions. It needs nothing else.',
    media_stream: 'Campanile connects to your bot by WebSocket and speaks the protocol of Twilio Media Streams.',
    realtime: 'A speech-to-speech model behind the OpenAI Realtime protocol.',
    pipeline: 'Speech recognition, a language model and speech, each by its own server.',
  },
  parts: { stt: 'Speech recognition', llm: 'Language model', tts: 'Speech' },
  speechHelp: 'A server that speaks the texts. Left empty, Campanile’s machine does.',
  fields: {
    url: 'URL', auth_token: 'Auth token', parameters: 'Parameters', model: 'Model', api_key: 'API key', voice: 'Voice',
    audio: 'Form of sound', protocol: 'Protocol', format: 'Form of sound',
  },
  pairsHelp: 'One a line, as name: value. {{placeholders}} are filled from the columns of the file.',
  test: {
    button: 'Test connection',
    saveFirst: 'Save the draft first: what is saved is tried.',
    ready: (detail: string) => `It can talk. ${detail}`,
    wrong: (detail: string) => `It cannot talk: ${detail}`,
    failed: 'The connection could not be tested',
  },
  stored: 'stored; type a new one to change it',
};
