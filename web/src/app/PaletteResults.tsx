import { useMantineColorScheme } from '@mantine/core';
import { Spotlight } from '@mantine/spotlight';
import { IconKeyboard, IconLogout, IconMessageChatbot, IconMoon, IconPhone, IconPhoneCall, IconPlus, IconSearch, IconSettings } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { phone } from '@/kit/format';
import { useSession } from '@/kit/session';
import { operatorPage, settingsPages } from '@/settings/pages';
import { app } from '@/text/en/app';
import { newBatch } from './actions';
import { pages } from './pages';
import { matches, type PaletteEntry } from './paletteEntries';
import { selectFirst } from './paletteStore';
import { usePaletteResults } from './usePaletteResults';
import { useSignOut } from './useSignOut';

const icon = { size: 17, stroke: 1.7, 'aria-hidden': true } as const;
const schemes = ['light', 'dark', 'auto'] as const;
const words = app.palette;

interface Props {
  query: string;
  onReady: () => void;
  onShortcuts: () => void;
}

/** What is inside of the open palette: what the query finds, by kind. */
export function PaletteResults({ query, onReady, onShortcuts }: Props) {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const found = usePaletteResults(query);
  const { scope } = useSession();
  const go = (to: string) => () => void navigate(to);

  const toPages: PaletteEntry[] = pages.map(({ to, label, icon: Icon }) => ({ id: to, label, icon: <Icon {...icon} />, run: go(to) }));
  const toSettings: PaletteEntry[] = [...settingsPages, ...(scope === 'operator' ? [operatorPage] : [])].map(({ to, label, also }) => ({
    id: `/settings/${to}`,
    label: words.setting(label),
    also,
    icon: <IconSettings {...icon} />,
    run: go(`/settings/${to}`),
  }));
  const toCalls: PaletteEntry[] = found.calls.map(({ call_id: id, to_number: number }) => ({ id, label: words.call(phone(number)), icon: <IconPhone {...icon} />, run: go(`/calls/${id}`) }));
  const toBatches = found.batches.map(({ id, name }) => ({ id, label: name, icon: <IconPhoneCall {...icon} />, run: go(`/batch-calls/${id}`) }));
  const toAgents = found.agents.map(({ id, name }) => ({ id, label: name, icon: <IconMessageChatbot {...icon} />, run: go(`/agents/${id}`) }));
  const toDo: PaletteEntry[] = [
    { id: 'new', label: words.newBatch, icon: <IconPlus {...icon} />, run: go(newBatch) },
    ...schemes.map((scheme) => ({
      id: scheme,
      label: words.theme(app.theme[scheme]),
      icon: <IconMoon {...icon} />,
      run: () => setColorScheme(scheme),
    })),
    { id: 'keys', label: words.shortcuts, icon: <IconKeyboard {...icon} />, run: onShortcuts },
    { id: 'out', label: app.account.signOut, icon: <IconLogout {...icon} />, run: signOut },
  ];
  const groups = [
    { label: words.calls, entries: toCalls },
    { label: words.pages, entries: [...toPages, ...(query.trim() === '' ? [] : toSettings)].filter(matches(query)) },
    // Those that are shown may still be the answer to what was typed before.
    { label: words.batches, entries: toBatches.filter(matches(query)) },
    { label: words.agents, entries: toAgents.filter(matches(query)) },
    { label: words.actions, entries: toDo.filter(matches(query)) },
  ].filter(({ entries }) => entries.length > 0);

  // Enter takes the first hit, and shows beforehand which one that is.
  const shown = groups.flatMap(({ entries }) => entries.map(({ id }) => id)).join(' ');
  useEffect(() => {
    if (shown !== '') selectFirst();
  }, [shown]);

  return (
    <>
      <Spotlight.Search placeholder={words.placeholder} aria-label={words.label} leftSection={<IconSearch size={18} aria-hidden />} onFocus={onReady} />
      <Spotlight.ActionsList>
        {groups.map(({ label, entries }) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {entries.map((entry) => (
              <Spotlight.Action key={entry.id} label={entry.label} leftSection={entry.icon} onClick={entry.run} />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{words.empty}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </>
  );
}
