import { describe, expect, it } from 'vitest';
import { bodyOf, fieldsOf } from './trunkForm';

describe('the form of a trunk', () => {
  it('keeps a stored password by leaving it out', () => {
    const body = bodyOf({ ...fieldsOf(undefined), name: 'carrier', host: 'sip.example.com', username: 'acme' });
    expect(body).not.toHaveProperty('password');
    expect(body.username).toBe('acme');
  });

  it('sends what was typed, and leaves what was emptied to the server', () => {
    const body = bodyOf({ ...fieldsOf(undefined), name: 'carrier', host: 'sip.example.com', port: '', max_cps: 0.5, codecs: 'PCMA,PCMU', password: 'secret' });
    expect(body).toEqual({
      name: 'carrier',
      kind: 'workspace',
      host: 'sip.example.com',
      transport: 'udp',
      max_calls: 10,
      max_cps: 0.5,
      codecs: ['PCMA', 'PCMU'],
      password: 'secret',
    });
  });
});
