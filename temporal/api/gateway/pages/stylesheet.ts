/** The one stylesheet of the pages, inline and allowed by its hash: nothing else is loaded. */
import { createHash } from 'node:crypto';

/** Contrasts are at least 7:1 for text and 4.5:1 for hints, borders of controls at least 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). */
export const STYLESHEET = `
:root{color-scheme:light dark;--page:#f4f4f2;--card:#fff;--text:#1c1c1a;--hint:#595955;--line:#dededa;--edge:#7a7a75;
--accent:#1c1c1a;--on-accent:#fff;--focus:#0b57d0;--notice:#e6f4ea;--on-notice:#0f5223}
@media (prefers-color-scheme:dark){:root{--page:#121211;--card:#1e1e1c;--text:#f2f2ef;--hint:#b3b3ad;--line:#3a3a37;
--edge:#8f8f89;--accent:#f2f2ef;--on-accent:#1c1c1a;--focus:#8ab4f8;--notice:#12351f;--on-notice:#b7e4c3}}
*{box-sizing:border-box}
body{margin:0;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--text);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere}
header,main{max-width:34rem;margin:0 auto}
header p{margin:0 .25rem 1rem;font-weight:600}
main{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.75rem}
@media (max-width:30rem){main{padding:1.25rem}}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
p{margin:0 0 1rem}
main>:last-child{margin-bottom:0}
strong{font-weight:600}
.hint{color:var(--hint);font-size:.9375rem}
.notice{background:var(--notice);color:var(--on-notice);border-radius:.5rem;padding:.75rem 1rem}
fieldset{border:0;border-top:1px solid var(--line);margin:1.5rem 0 0;padding:1.25rem 0 0;min-width:0}
legend{float:left;width:100%;margin:0 0 .5rem;padding:0;font-size:1.125rem;font-weight:600}
legend+*{clear:both}
.choice{display:flex;gap:.75rem;align-items:flex-start;padding:.5rem 0}
.choice input{flex:none;width:1.5rem;height:1.5rem;margin:0;accent-color:var(--accent)}
.choice label{display:block;cursor:pointer;font-weight:500}
.choice .hint{margin:0}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0 0}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.25rem;border-radius:.5rem;cursor:pointer;
border:1px solid var(--accent);background:var(--accent);color:var(--on-accent)}
button.quiet{background:transparent;color:var(--text);border-color:var(--edge)}
a{color:inherit;text-underline-offset:.2em;display:inline-block;padding:.25rem 0}
.more{margin:1.5rem 0 0}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px;border-radius:.375rem}
`;

const HASH = createHash('sha256').update(STYLESHEET).digest('base64');

/** No scripts, images, frames or requests of any kind; forms only back to us. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${HASH}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
