/** Buttons, and links that look like them. */
import { Button as Base } from '@base-ui/react/button';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import { classes } from './classes';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';
type Size = 'normal' | 'small';

const LOOK: Record<Look, string> = {
  primary: 'bg-accent text-accent-ink hover:opacity-90 border-transparent',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-sunken',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-sunken',
  danger: 'bg-danger text-danger-ink border-transparent hover:opacity-90',
};
const SIZE: Record<Size, string> = {
  normal: 'min-h-9 px-3.5 text-sm',
  small: 'min-h-7 px-2.5 text-[0.8125rem]',
};

function dress(look: Look, size: Size, extra?: string) {
  return classes(
    'inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap',
    'transition-colors disabled:opacity-55 aria-disabled:opacity-55 data-[disabled]:opacity-55',
    LOOK[look],
    SIZE[size],
    extra,
  );
}

interface Dress {
  look?: Look;
  size?: Size;
}

/** A button; while `busy` it stays in the tab order and says so. */
export function Button({
  look = 'secondary',
  size = 'normal',
  busy = false,
  className,
  disabled,
  children,
  ...rest
}: Omit<ComponentProps<typeof Base>, 'className'> &
  Dress & { busy?: boolean; className?: string }) {
  return (
    <Base
      type="button"
      {...rest}
      disabled={disabled || busy}
      focusableWhenDisabled={busy}
      aria-busy={busy || undefined}
      className={dress(look, size, className)}
    >
      {children}
    </Base>
  );
}

function DressedAnchor({
  look = 'secondary',
  size = 'normal',
  className,
  ...rest
}: ComponentProps<'a'> & Dress) {
  return <a {...rest} className={dress(look, size, className)} />;
}

/** A link to a screen that looks like a button. */
export const ButtonLink = createLink(DressedAnchor);
