import type { VersionView } from '@/kit/api';
import { VersionEditor } from './VersionEditor';

export interface VersionTabProps {
  agentId: string;
  version: VersionView;
  versions: readonly VersionView[];
  /** The latest published one. */
  published: VersionView | undefined;
  onVersion: (number: number) => void;
  /** Told whether it has changes that are not saved. */
  onDirty: (dirty: boolean) => void;
}

/** One version. Another one, or the same one published, is edited from what it says. */
export function VersionTab(props: VersionTabProps) {
  return <VersionEditor key={`${props.version.number} ${props.version.status}`} {...props} />;
}
