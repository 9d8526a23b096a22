import { Text } from '@mantine/core';
import { useSession } from '@/kit';
import { api, ok, type TrunkTest, type TrunkView } from '@/kit/api';
import { number } from '@/kit/format';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { telephony } from '@/text/en/settings/telephony';

const text = telephony.test;

/** Asks a trunk whether it is there, and says what came back. Nobody is called. */
export function TrunkTestButton({ trunk: { id, name, kind } }: { trunk: TrunkView }) {
  const { scope } = useSession();
  const test = useChange(() => ok(api.POST('/v1/trunks/{id}/test', { params: { path: { id } } })), {
    touches: [['trunks']],
    failed: () => text.failed(name),
  });
  return (
    <>
      <MayButton
        needs="operate"
        variant="default"
        size="compact-xs"
        aria-label={text.label(name)}
        loading={test.isPending}
        refusal={kind === 'managed' && scope !== 'operator' ? text.managed : undefined}
        onClick={() => test.mutate(undefined)}
      >
        {text.button}
      </MayButton>
      <span role="status">
        {test.data && (
          <Text size="xs" maw="16rem" c={test.data.reachable ? 'var(--text-quiet)' : 'var(--mantine-color-error)'} title={test.data.detail}>
            {resultWords(test.data)}
          </Text>
        )}
      </span>
    </>
  );
}

function resultWords({ reachable, sip_code, sip_reason, round_trip_ms, detail }: TrunkTest): string {
  if (!reachable) return `${text.notReached}. ${detail}`;
  const answer = [sip_code, sip_reason].filter(Boolean).join(' ');
  return typeof round_trip_ms === 'number' ? text.reached(answer, number(Math.round(round_trip_ms))) : text.reachedNoTime(answer);
}
