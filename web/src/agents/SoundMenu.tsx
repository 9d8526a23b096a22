import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconMusic, IconPencil, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { duration } from '@/kit/format';
import { useRefusal } from '@/kit/access/scopes';
import { agents } from '@/text/en/agents';
import { isSound } from './placeholders';
import { soundsQuery } from './queries';
import { UploadSoundDialog } from './UploadSoundDialog';

const text = agents.sounds;

interface Props {
  /** What it does, for screen readers where only its icon is shown. */
  label: string;
  iconOnly?: boolean;
  value: string;
  onChange: (value: string) => void;
}

/** Chooses a sound to be played in the place of a text, or uploads one. */
export function SoundMenu({ label, iconOnly = false, value, onChange }: Props) {
  const [opened, setOpened] = useState(false);
  const [uploading, setUploading] = useState(false);
  const refusal = useRefusal('admin');
  const sounds = useQuery({ ...soundsQuery, enabled: opened });
  return (
    <>
      <Menu position="bottom-start" withinPortal opened={opened} onChange={setOpened}>
        <Menu.Target>
          {iconOnly ? (
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} title={label}>
              <IconMusic size={15} />
            </ActionIcon>
          ) : (
            <Button variant="subtle" size="compact-xs" leftSection={<IconMusic size={14} aria-hidden />}>
              {label}
            </Button>
          )}
        </Menu.Target>
        <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
          {sounds.data?.length === 0 && <Menu.Label>{text.choose.none}</Menu.Label>}
          {sounds.data?.map(({ id, name, duration_s: seconds }) => (
            <Menu.Item key={id} leftSection={<IconMusic size={15} />} rightSection={<small>{duration(seconds)}</small>} onClick={() => onChange(name)}>
              {name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {refusal && <Menu.Label maw={240}>{refusal}</Menu.Label>}
          <Menu.Item leftSection={<IconUpload size={15} />} disabled={refusal !== undefined} onClick={() => setUploading(true)}>
            {text.upload.button}
          </Menu.Item>
          {isSound(value) && (
            <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => onChange('')}>
              {text.choose.text}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {uploading && <UploadSoundDialog onDone={({ name }) => onChange(name)} onClose={() => setUploading(false)} />}
    </>
  );
}
