import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { ErrorState, FileDrop } from '@/kit';
import { postForm, type SoundView } from '@/kit/api';
import { useChange } from '@/kit/form/useChange';
import { agents } from '@/text/en/agents';

const text = agents.sounds.upload;

interface Props {
  /** Called with the sound that is there now. */
  onDone?: (sound: SoundView) => void;
  onClose: () => void;
}

/** Takes a WAV file for agents to play. */
export function UploadSoundDialog({ onDone, onClose }: Props) {
  const upload = useChange(
    (file: File) => {
      const form = new FormData();
      form.append('file', file);
      return postForm<SoundView>('/v1/sounds', form);
    },
    {
      touches: [['sounds']],
      done: ({ name }) => text.done(name),
      then: (sound) => {
        onDone?.(sound);
        onClose();
      },
    },
  );
  return (
    <Modal opened onClose={onClose} title={text.title}>
      <Stack gap="md">
        <Text size="sm" c="var(--text-quiet)">
          {text.about}
        </Text>
        <FileDrop label={text.drop} accept=".wav,audio/wav" onFile={(file) => upload.mutate(file)}>
          {upload.variables && (
            <Text span size="sm" c="var(--text-quiet)">
              {upload.variables.name}
            </Text>
          )}
        </FileDrop>
        {upload.isError && <ErrorState error={upload.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} loading={upload.isPending}>
            {text.close}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
