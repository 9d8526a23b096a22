import { Skeleton, Switch } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DataTable, ErrorState, PageHeader, useSession, useUrlState } from '@/kit';
import { api, ok, type MadeApiKey } from '@/kit/api';
import { About } from '@/kit/About';
import { MayButton } from '@/kit/access/MayButton';
import { NeedsScope } from '@/kit/access/NeedsScope';
import { keys as text } from '@/text/en/settings/keys';
import { keyColumns } from './columns';
import { KeySecret } from './KeySecret';
import { keyState } from './keyState';
import { NewKeyDialog } from './NewKeyDialog';

const defaults = { new: false, all: false };

/** Who may use the API. */
export function KeysPage() {
  const [view, setView] = useUrlState(defaults);
  const [made, setMade] = useState<MadeApiKey>();
  return (
    <>
      <PageHeader
        title={text.title}
        below={<About>{text.about}</About>}
        actions={
          <MayButton needs="admin" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ new: true }, { push: true })}>
            {text.make.button}
          </MayButton>
        }
      />
      <NeedsScope scope="admin">
        <KeyTable all={view.all} onAll={(all) => setView({ all })} />
        {view.new && <NewKeyDialog onMade={setMade} onClose={() => setView({ new: false })} />}
      </NeedsScope>
      {made && <KeySecret made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function KeyTable({ all, onAll }: { all: boolean; onAll: (all: boolean) => void }) {
  const { key_id } = useSession();
  const query = useQuery({ queryKey: ['api-keys'], queryFn: () => ok(api.GET('/v1/api-keys')) });
  const columns = useMemo(() => keyColumns(key_id, all), [key_id, all]);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={160} />;
  const rows = query.data.items.filter((key) => all || ['active', 'expiring'].includes(keyState(key, query.dataUpdatedAt)));
  return (
    <>
      <DataTable label={text.label} columns={columns} rows={rows} rowId={({ id }) => id} />
      <Switch size="xs" mt="sm" label={text.showAll} checked={all} onChange={(event) => onAll(event.currentTarget.checked)} />
    </>
  );
}
