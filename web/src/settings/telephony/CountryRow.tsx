import { IconLock } from '@tabler/icons-react';
import type { GroupView } from '@/kit/api';
import { useRefusal } from '@/kit/access/scopes';
import { destinations as text } from '@/text/en/settings/destinations';
import classes from './CountryRow.module.css';
import type { CountryGroups, Switches } from './presets';

interface Props {
  country: CountryGroups;
  switches: Switches;
  onToggle: (group: GroupView) => void;
}

/** A country and its network groups, each a switch. */
export function CountryRow({ country: { code, name, groups }, switches, onToggle }: Props) {
  return (
    <li className={classes.row}>
      <span className={classes.country}>
        {name}
        {code !== null && <span className={classes.code}>{` +${groups[0]?.calling_code ?? ''}`}</span>}
      </span>
      <span className={classes.groups}>
        {groups.map((group) => (
          <GroupSwitch key={group.id} group={group} country={name} to={switches.get(group.id)} onToggle={() => onToggle(group)} />
        ))}
      </span>
    </li>
  );
}

interface SwitchProps {
  group: GroupView;
  country: string;
  /** What it is about to become, if it is to be switched. */
  to: boolean | undefined;
  onToggle: () => void;
}

function GroupSwitch({ group, country, to, onToggle }: SwitchProps) {
  const scopeRefusal = useRefusal('admin');
  const costlyRefusal = useRefusal('operator') && text.costly;
  const on = to ?? group.enabled;
  const refusal = scopeRefusal ?? (group.operator_only && !group.enabled ? costlyRefusal : undefined);
  const words = kindWords(group);
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={[country, words, group.operator_only && text.costlyLocked].filter(Boolean).join(', ')}
      aria-disabled={refusal !== undefined || undefined}
      title={refusal ?? (group.operator_only ? text.costly : undefined)}
      data-changed={to !== undefined || undefined}
      className={classes.group}
      onClick={refusal === undefined ? onToggle : undefined}
    >
      {group.operator_only && <IconLock size={12} aria-hidden />}
      {words}
    </button>
  );
}

/** The kind; of a group without a country its calling code too, and of one of the installation's own its name. */
function kindWords({ kind, country, calling_code, name }: GroupView): string {
  const words = text.kinds[kind];
  if (words === undefined) return name;
  return country ? words : `+${calling_code} ${words}`;
}
