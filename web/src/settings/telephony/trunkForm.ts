import type { NewTrunk, TrunkView } from '@/kit/api';

/** The fields of the form as they are typed. */
export interface TrunkFields {
  name: string;
  kind: 'workspace' | 'managed';
  host: string;
  port: number | '';
  transport: 'udp' | 'tcp';
  max_calls: number | '';
  max_cps: number | '';
  username: string;
  password: string;
  /** Best first, with a comma between. */
  codecs: CodecOrder;
}

export const codecOrders = ['PCMU,PCMA', 'PCMA,PCMU', 'PCMU', 'PCMA'] as const;
export type CodecOrder = (typeof codecOrders)[number];

export function fieldsOf(trunk: TrunkView | undefined): TrunkFields {
  return {
    name: trunk?.name ?? '',
    kind: trunk?.kind ?? 'workspace',
    host: trunk?.host ?? '',
    port: trunk?.port ?? 5060,
    transport: trunk?.transport ?? 'udp',
    max_calls: trunk?.max_calls ?? 10,
    max_cps: trunk?.max_cps ?? 1,
    username: trunk?.username ?? '',
    password: '',
    codecs: codecOrders.find((order) => order === trunk?.codecs.join()) ?? 'PCMU,PCMA',
  };
}

/**
 * What is sent. An empty password is left out, so that the stored one stays; an empty number is left
 * out, so that the server's default holds.
 */
export function bodyOf({ port, max_calls, max_cps, username, password, codecs, ...rest }: TrunkFields): NewTrunk {
  return {
    ...rest,
    codecs: codecs.split(',').filter((codec) => codec === 'PCMU' || codec === 'PCMA'),
    ...(port === '' ? {} : { port }),
    ...(max_calls === '' ? {} : { max_calls }),
    ...(max_cps === '' ? {} : { max_cps }),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}
