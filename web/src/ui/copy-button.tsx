/** Copies a value and says that it did, to eyes and to screen readers. */
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button';

/** How long the button says so, milliseconds. */
const SAYS_MS = 2_000;

export function CopyButton(props: { value: string; what: string; says?: string }) {
  const [said, setSaid] = useState<'' | 'Copied' | 'Copy failed'>('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SAYS_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    navigator.clipboard.writeText(props.value).then(
      () => setSaid('Copied'),
      () => setSaid('Copy failed'),
    );
  };
  return (
    <>
      <Button
        size="small"
        onClick={copy}
        aria-label={props.says ? undefined : `Copy ${props.what}`}
      >
        {said === 'Copied' ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        {said || props.says || 'Copy'}
      </Button>
      <span role="status" className="sr-only">
        {said && `${said}: ${props.what}`}
      </span>
    </>
  );
}
