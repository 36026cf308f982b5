import { expect, it } from 'vitest';
import { guessFormat } from './guess';

it('tells formats by what files begin with', () => {
  expect(guessFormat('{"template":"x.yaml","template-id":"git-config"}\n{}')).toBe('nuclei');
  expect(guessFormat('<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap">')).toBe(
    'nmap',
  );
  expect(guessFormat('{\n  "version": "2.1.0",\n  "runs": []\n}')).toBe('sarif');
  expect(guessFormat('{"$schema":"https://json.schemastore.org/sarif-2.1.0.json"}')).toBe('sarif');
  expect(guessFormat('  {"findings": []}')).toBe('defectdojo');
});

it('guesses nothing of anything else', () => {
  for (const text of ['', 'hello', '<html>', '{}', '[]', '\u0000']) {
    expect(guessFormat(text)).toBeUndefined();
  }
});
