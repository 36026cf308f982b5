/** A menu behind a button. */
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';

export function Menu(props: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Base.Root>
      <Base.Trigger render={props.trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="start" className="z-50">
          <Base.Popup className="min-w-56 rounded-lg border border-line bg-surface p-1 shadow-xl outline-none">
            {props.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem(props: { onClick: () => void; children: ReactNode; checked?: boolean }) {
  return (
    <Base.Item
      onClick={props.onClick}
      className="flex cursor-pointer items-center justify-between gap-3 rounded-md px-2.5 py-1.5 text-sm outline-none data-[highlighted]:bg-accent-tint"
    >
      {props.children}
      {props.checked === true && (
        <span aria-hidden className="text-accent">
          ✓
        </span>
      )}
      {props.checked === true && <span className="sr-only">(current)</span>}
    </Base.Item>
  );
}

/** Leads to a file that is saved; the menu closes. */
export function MenuLink(props: { href: string; children: ReactNode }) {
  return (
    <Base.Item
      // The item is the link, so that the browser saves what it leads to.
      render={<a href={props.href} download />}
      className="flex cursor-pointer items-center rounded-md px-2.5 py-1.5 text-sm outline-none data-[highlighted]:bg-accent-tint"
    >
      {props.children}
    </Base.Item>
  );
}

/** One of several that hold at once; the menu stays open. */
export function MenuCheck(props: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Base.CheckboxItem
      checked={props.checked}
      onCheckedChange={(checked) => props.onChange(checked)}
      className="flex cursor-pointer items-center gap-2 rounded-md px-2.5 py-1.5 text-sm outline-none data-[highlighted]:bg-accent-tint"
    >
      <span aria-hidden className="w-4 text-accent">
        {props.checked ? '✓' : ''}
      </span>
      {props.children}
    </Base.CheckboxItem>
  );
}

export function MenuLine() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}
