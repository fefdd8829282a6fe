/** Texts that have broken pages before. Each must stand on the page as it is, and do nothing. */
export const HOSTILE = [
  '</script><script>window.broken = 1</script>',
  '</style><style>body{display:none}</style>',
  '<img src=x onerror="window.broken = 2">',
  '"><svg onload="window.broken = 3">',
  `' onmouseover='window.broken = 4`,
  '<!-- <![CDATA[ ]]> --!>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that it is none is what the page has to show
  '${window.broken = 5} {{7*7}} `x`',
  '&lt;b&gt; &amp;amp; &#60;',
  'javascript:window.broken=6',
  '../../../etc/passwd',
  '😺‍👩‍🚀 naïve 猫の写真',
  '\u202emoc.elpmaxe\u202c صورة قطة moji',
  'bell \u0007 escape \u001b[31m delete \u007f',
  'x'.repeat(10_000),
  'word '.repeat(2_000).trim(),
] as const;
