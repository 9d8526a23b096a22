import classes from './Highlighted.module.css';
import { pieces } from './placeholders';

interface Props {
  text: string;
  /** What stands for a placeholder; without it, it stays as it is written. */
  fill?: (name: string) => string;
}

/** A text whose placeholders stand out. */
export function Highlighted({ text, fill }: Props) {
  return pieces(text).map(({ text, name }, index) =>
    name === undefined ? (
      <span key={index}>{text}</span>
    ) : (
      <mark key={index} className={classes.placeholder} title={fill ? name : undefined}>
        {fill ? fill(name) : text}
      </mark>
    ),
  );
}
