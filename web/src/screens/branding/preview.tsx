/** A sheet as reports come out; on white in the dark as well, because paper is. */
import { Inert } from '@/ui/inert';
import { Card } from '@/ui/screen';

export function Preview({ name, color, footer }: { name: string; color: string; footer: string }) {
  return (
    <Card title="Preview">
      <figure
        aria-label="A report as it will look"
        className="grid gap-3 rounded-md border border-line bg-white p-6 text-sm text-black shadow-sm"
      >
        <p className="text-xs font-bold" style={{ color }}>
          <Inert>{name}</Inert>
        </p>
        <p className="text-xl font-bold">Summary on severity&gt;=high</p>
        <p className="font-bold" style={{ color }}>
          In short
        </p>
        <p>
          2 exposures are open or unresponsive. <span style={{ color }}>Expired certificate</span>{' '}
          is due first.
        </p>
        <p className="mt-4 flex justify-between gap-4 border-t border-neutral-300 pt-2 text-xs text-neutral-600">
          <Inert>{footer}</Inert>
          <span>1 / 1</span>
        </p>
      </figure>
    </Card>
  );
}
