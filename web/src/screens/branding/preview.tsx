/** A sheet as reports come out; on white in the dark as well, because paper is. */
import { Inert } from '@/ui/inert';
import { Card } from '@/ui/screen';

// Colours of paper: the tokens follow the theme.
const SHEET = { background: '#ffffff', color: '#000000' };
const FOOT = { borderColor: '#d4d4d4', color: '#525252' };

export function Preview(props: {
  logo: string | undefined;
  name: string;
  color: string;
  footer: string;
}) {
  const { logo, name, color, footer } = props;
  return (
    <Card title="Preview">
      <figure
        aria-label="A report as it will look"
        className="grid gap-3 rounded-md border border-line p-6 text-sm shadow-sm"
        style={SHEET}
      >
        {logo && <img src={logo} alt="" className="max-h-12 max-w-50 justify-self-start" />}
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
        <p className="mt-4 flex justify-between gap-4 border-t pt-2 text-xs" style={FOOT}>
          <Inert>{footer}</Inert>
          <span>Page 1 of 2</span>
        </p>
      </figure>
    </Card>
  );
}
