/** The evidence packet as a file: what is proven, or the same to read. */
import { Button } from '@/ui/button';
import { Menu, MenuLink } from '@/ui/menu';

/** As the API names them, and as people do. */
const FORMS = { json: 'JSON, which can be checked', html: 'HTML to read', pdf: 'PDF to read' };

export function PacketMenu({ exposureKey }: { exposureKey: string }) {
  return (
    <Menu trigger={<Button>Download packet</Button>}>
      {Object.entries(FORMS).map(([format, name]) => (
        // The browser saves the bytes as they come: spelled anew, they would verify no more.
        <MenuLink key={format} href={`/api/v1/exposures/${exposureKey}/packet?format=${format}`}>
          {name}
        </MenuLink>
      ))}
    </Menu>
  );
}
