/** Copies the address of what is shown: the list as it is filtered, or one thing. */
import { useLocation } from '@tanstack/react-router';
import { CopyButton } from './copy-button';

/** `path` where the address says more than what it is about, such as what was just asked for. */
export function CopyLink({ what, path }: { what: string; path?: string }) {
  const { href } = useLocation();
  return (
    <CopyButton value={`${window.location.origin}${path ?? href}`} what={what} says="Copy link" />
  );
}
