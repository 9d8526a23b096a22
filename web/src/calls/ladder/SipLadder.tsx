import { Box, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '@/kit';
import type { LadderView, SipMessageView } from '@/kit/api';
import { number } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { Arrows } from './Arrows';
import classes from './Ladder.module.css';
import { layoutLadder, rowHeight } from './layout';
import { offsetWords } from './words';

/** The SIP messages of a call as arrows between its two ends; each opens to its text; `none` stands there without any. */
export function SipLadder({ ladder, none }: { ladder: LadderView; none: string }) {
  const { messages, left_out: leftOut } = ladder;
  const [open, setOpen] = useState<number>();
  if (messages.length === 0) return <Text c="var(--text-quiet)">{none}</Text>;
  const layout = layoutLadder(messages);
  const message = open === undefined ? undefined : messages[open];
  return (
    <>
      <div className={classes.both}>
        <div className={classes.ladder} style={{ height: layout.height }}>
          <Arrows layout={layout} open={open} />
          {/* The same again as a list of buttons over the picture: for keyboards and screen readers. */}
          <ol aria-label={calls.ladder.list} className={classes.list}>
            {layout.rungs.map((rung, index) => (
              <li key={index} style={{ top: rung.top, height: rowHeight }}>
                <Rung label={rung.label} sent={rung.sent} message={messages[index]} open={open === index} onPress={() => setOpen(open === index ? undefined : index)} />
              </li>
            ))}
          </ol>
        </div>
        <div className={classes.text} role="region" aria-label={calls.ladder.text} aria-live="polite">
          {message ? <Message message={message} /> : <Text c="var(--text-quiet)">{calls.ladder.hint}</Text>}
        </div>
      </div>
      {leftOut > 0 && (
        <Text size="sm" c="var(--text-quiet)">
          {calls.ladder.leftOut(number(leftOut), leftOut === 1)}
        </Text>
      )}
    </>
  );
}

interface RungProps {
  label: string;
  sent: boolean;
  message: SipMessageView | undefined;
  open: boolean;
  onPress: () => void;
}

function Rung({ label, sent, message, open, onPress }: RungProps) {
  const offset = offsetWords(message?.offset_ms ?? 0);
  const repeats = message?.repeats ?? 0;
  return (
    <UnstyledButton className={classes.rung} aria-expanded={open} aria-label={calls.ladder.message(label, sent, offset)} onClick={onPress}>
      <span className={classes.offset}>{offset}</span>
      {repeats > 0 && <span className={classes.repeats}>{calls.ladder.repeated(number(repeats))}</span>}
    </UnstyledButton>
  );
}

function Message({ message }: { message: SipMessageView }) {
  return (
    <>
      <div className={classes.copy}>
        <CopyButton value={message.text} label={calls.ladder.copy} />
      </div>
      {/* A region that scrolls is reached by keyboard. */}
      <Box component="pre" className={classes.message} tabIndex={0}>
        {message.text}
      </Box>
    </>
  );
}
