/** Which tool wrote a file, by what it begins with: a guess that whoever chose the file may correct. */
import type { Import } from '@/client';

export type Format = Import['format'];

export const FORMATS = ['nuclei', 'nmap', 'sarif', 'defectdojo'] as const satisfies Format[];

export const formatWord: Record<Format, string> = {
  nuclei: 'nuclei (JSON lines)',
  nmap: 'nmap (XML)',
  sarif: 'SARIF',
  defectdojo: 'DefectDojo (generic findings)',
};

/** Characters that are looked at; what tells formats apart stands at the beginning. */
const HEAD = 4_096;

/** The format of a text, if it looks like one. */
export function guessFormat(text: string): Format | undefined {
  const head = text.slice(0, HEAD).trimStart();
  if (head.startsWith('<')) return head.includes('<nmaprun') ? 'nmap' : undefined;
  if (!head.startsWith('{')) return undefined;
  const first = head.split('\n', 1)[0] ?? '';
  if (first.includes('"template-id"')) return 'nuclei';
  if (/"runs"|"\$schema"[^,]*sarif/.test(head)) return 'sarif';
  return head.includes('"findings"') ? 'defectdojo' : undefined;
}
