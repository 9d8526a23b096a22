import { Group, Text } from '@mantine/core';
import { StatusBadge, When, type DataColumn, type Tone } from '@/kit';
import type { ApiKeyView } from '@/kit/api';
import { scopes } from '@/kit/access/scopes';
import { keys as text } from '@/text/en/settings/keys';
import { parts } from '@/text/en/parts';
import { keyState, type KeyState } from './keyState';
import { RevokeButton } from './RevokeButton';

const tones: Record<KeyState, Tone> = { active: 'good', expiring: 'warn', revoked: 'quiet', expired: 'quiet' };

/** `own` is the key that is signed in; `all` shows keys in every state. */
export function keyColumns(own: string, all: boolean): readonly DataColumn<ApiKeyView>[] {
  return [
    { id: 'name', header: text.columns.name, sortBy: ({ name }) => name, cell: ({ name }) => name || <Quiet>{text.nameless}</Quiet> },
    {
      id: 'id',
      header: text.columns.id,
      cell: ({ id }) => (
        <Group gap="xs">
          <code>{id}</code>
          {id === own && (
            <span title={text.yours}>
              <StatusBadge tone="active">{text.yoursShort}</StatusBadge>
            </span>
          )}
        </Group>
      ),
    },
    {
      id: 'scope',
      header: text.columns.scope,
      wide: true,
      sortBy: ({ scope }) => scopes.indexOf(scope),
      cell: ({ scope }) => <span title={text.scopes[scope]}>{parts.scopes[scope]}</span>,
    },
    { id: 'created', header: text.columns.created, wide: true, sortBy: ({ created_at }) => created_at, cell: ({ created_at }) => <When at={created_at} /> },
    { id: 'used', header: text.columns.used, wide: true, sortBy: ({ last_used_at }) => last_used_at, cell: ({ last_used_at }) => <Instant at={last_used_at} /> },
    { id: 'expires', header: text.columns.expires, wide: true, sortBy: ({ expires_at }) => expires_at, cell: (key) => <Expiry at={key.expires_at} state={keyState(key, Date.now())} /> },
    ...(all ? [stateColumn] : []),
    { id: 'actions', header: parts.actions, align: 'right', cell: (key) => !key.revoked_at && <RevokeButton id={key.id} own={key.id === own} /> },
  ];
}

const stateColumn: DataColumn<ApiKeyView> = {
  id: 'state',
  header: text.columns.state,
  wide: true,
  cell: (key) => {
    const state = keyState(key, Date.now());
    return <StatusBadge tone={tones[state]}>{text.states[state]}</StatusBadge>;
  },
};

/** When a key expires; what is near or past is said in a word, too. */
function Expiry({ at, state }: { at: string | null | undefined; state: KeyState }) {
  return (
    <Group gap="xs">
      <Instant at={at} />
      {(state === 'expiring' || state === 'expired') && <StatusBadge tone={tones[state]}>{text.states[state]}</StatusBadge>}
    </Group>
  );
}

function Instant({ at }: { at: string | null | undefined }) {
  return at ? <When at={at} /> : <Quiet>{text.never}</Quiet>;
}

function Quiet({ children }: { children: string }) {
  return (
    <Text span inherit c="var(--text-quiet)" style={{ whiteSpace: 'nowrap' }}>
      {children}
    </Text>
  );
}
