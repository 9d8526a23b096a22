import { Kbd, Modal, Switch } from '@mantine/core';
import { app } from '@/text/en/app';
import classes from './KeyboardHelp.module.css';
import { pages } from './pages';
import { useShortcutsEnabled } from './useShortcuts';

const words = app.shortcuts;

const entries: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['Ctrl', 'K'], words.palette],
  ...pages.map(({ key, label }) => [['g', key], words.goTo(label)] as const),
  [['n'], words.newBatch],
  [['/'], words.search],
  [['↑', '↓'], words.rows],
  [['Enter'], words.open],
  [['Esc'], words.escape],
  [['?'], words.help],
];

/** The keys that do something. */
export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const [enabled, setEnabled] = useShortcutsEnabled();
  return (
    <Modal opened onClose={onClose} title={words.title}>
      <dl className={classes.list}>
        {entries.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Switch
        label={words.enabled}
        description={words.enabledHint}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
    </Modal>
  );
}
