/** What the operator's pages look like, inline and allowed by its hash: nothing else is loaded, and no script runs. */
import { createHash } from 'node:crypto';

/** Colours of text have contrasts of at least 7:1, hints 4.5:1; bars and lines of charts 3:1 on their card (WCAG 2.2, 1.4.3, 1.4.11). */
export const OPERATOR_STYLESHEET = `
:root{color-scheme:light dark;--page:#f4f4f2;--card:#fff;--text:#1c1c1a;--hint:#595955;--line:#dededa;--edge:#7a7a75;
--accent:#1c1c1a;--on-accent:#fff;--focus:#0b57d0;--wrong:#fce8e6;--on-wrong:#7a1710;
--one:#2f6fb3;--two:#b35c00;--soft:#8ab4dc;--shade:47,111,179;--good:#1b6b3a;--held:#8a5200;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#121211;--card:#1e1e1c;--text:#f2f2ef;--hint:#b3b3ad;--line:#3a3a37;
--edge:#8f8f89;--accent:#f2f2ef;--on-accent:#1c1c1a;--focus:#8ab4f8;--wrong:#4a1512;--on-wrong:#ffd0cb;
--one:#6aa9e9;--two:#f0a04b;--soft:#3f6d99;--shade:106,169,233;--good:#7fd19b;--held:#f0b35e;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere}
body>header,main{max-width:68rem;margin:0 auto}
body>header{margin-bottom:1.25rem}
.bar{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;justify-content:space-between;margin-bottom:1rem}
nav ul,.ways,.periods{display:flex;flex-wrap:wrap;gap:.25rem .5rem;list-style:none;margin:0;padding:0}
.bar nav ul{gap:.25rem 1.25rem}
nav a{display:inline-block;padding:.5rem 0;text-decoration:none}
nav a:hover{text-decoration:underline}
.bar a[aria-current]{font-weight:600;box-shadow:inset 0 -3px var(--text)}
.periods{margin-bottom:1rem}
.periods a{padding:.375rem .75rem;border:1px solid var(--line);border-radius:.5rem}
.periods a[aria-current]{border-color:var(--text);font-weight:600}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem .75rem;border-radius:.5rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
h1{margin:0;font-size:1.5rem;line-height:1.25}
.shop{color:var(--hint);font-weight:400}
h2{margin:0 0 .5rem;font-size:1.125rem;line-height:1.3}
h3{margin:0 0 .25rem;font-size:1rem}
p{margin:0 0 1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;margin:0 0 1.25rem}
section>:last-child,figure>:last-child{margin-bottom:0}
.narrow>header,.narrow main{max-width:30rem}
form+.hint{margin-top:1.25rem}
.above{margin-bottom:.5rem}
.hint,figcaption{color:var(--hint);font-size:.875rem}
.wrong{background:var(--wrong);color:var(--on-wrong);border-radius:.5rem;padding:.75rem 1rem}
.notice{border:1px solid var(--edge);border-radius:.5rem;padding:.75rem 1rem}
.nothing{color:var(--hint);border:1px dashed var(--edge);border-radius:.5rem;padding:.75rem 1rem}
.lead{font-size:1.125rem}
.ways{gap:.5rem 1.25rem;margin-top:1rem}
.ways a{display:inline-block;padding:.25rem 0}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr));gap:.75rem 1.5rem;margin:0 0 1rem}
.facts div{min-width:0}
.facts dt{color:var(--hint);font-size:.875rem}
.facts dd{margin:0}
.timeline{list-style:none;margin:0;padding:0}
.timeline>li{border-left:3px solid var(--line);padding:.125rem 0 .125rem 1rem;margin:0 0 .25rem}
.timeline p{margin:0 0 .25rem}
.timeline .when{color:var(--hint);font-size:.8125rem;font-variant-numeric:tabular-nums}
.timeline .kind{margin-left:.5rem}
.timeline ul{list-style:none;margin:0 0 .25rem;padding:0;color:var(--hint);font-size:.875rem}
.timeline .good{border-color:var(--good)}.timeline .held{border-color:var(--held)}.timeline .wrong{border-color:var(--bad)}
.timeline .wrong{background:none;color:inherit;border-radius:0;padding:.125rem 0 .125rem 1rem}
.plain{list-style:none;margin:0 0 1rem;padding:0}
.plain li{padding:.25rem 0}
.badge{display:inline-block;padding:0 .5rem;border:1px solid var(--edge);border-radius:1rem;font-size:.8125rem;white-space:nowrap}
.badge.good{color:var(--good);border-color:currentColor}.badge.held{color:var(--held);border-color:currentColor}
.badge.bad{color:var(--bad);border-color:currentColor}
.row{display:flex;flex-wrap:wrap;gap:1.25rem}
.row>*{flex:1 1 16rem;min-width:0}
figure{margin:0 0 1rem}
svg{display:block;width:100%;height:auto}
svg.small{display:none}
@media (max-width:40rem){svg.large{display:none}svg.small{display:block}section{padding:1rem}}
.scroll{overflow-x:auto;margin-bottom:1rem}
.scroll tbody th[scope=row]{position:sticky;left:0;z-index:1;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.375rem .5rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
th{font-weight:600}
td .wrong{display:inline-block;padding:.125rem .5rem}
@media (max-width:40rem){.scroll>table:not(.grid){width:max-content;min-width:100%}.scroll>table:not(.grid) :is(th,td){max-width:16rem}}
.number{text-align:right}
.number,.time,.name{white-space:nowrap}
.grid{table-layout:fixed;min-width:38rem}
.grid td{border:2px solid var(--card);border-radius:.5rem;padding:.5rem}
.grid th{border:0;vertical-align:middle}
.grid tr>:first-child{width:2.75rem}
.grid thead th{text-align:center}
.grid strong{display:block;font-size:1.125rem;line-height:1.3}
.grid span{display:block}
.moves td,.moves thead th{text-align:right}
.moves thead th{vertical-align:bottom;font-weight:400}
.moves .stayed{outline:1px solid var(--edge);outline-offset:-2px}
.s1{background:rgba(var(--shade),.08)}.s2{background:rgba(var(--shade),.16)}.s3{background:rgba(var(--shade),.26)}
.s4{background:rgba(var(--shade),.38)}.s5{background:rgba(var(--shade),.5)}
.s3 .hint,.s4 .hint,.s5 .hint{color:inherit}
.figures{display:flex;flex-wrap:wrap;gap:.75rem 2rem;margin:0 0 1rem;padding:0}
.figures div{min-width:7rem}
.figures dt{color:var(--hint);font-size:.875rem}
.figures dd{margin:0;font-size:1.25rem;font-weight:600}
label{display:block;font-weight:600;margin-bottom:.25rem}
input{font:inherit;width:100%;min-height:2.75rem;padding:.5rem .75rem;border:1px solid var(--edge);border-radius:.5rem;
background:var(--card);color:var(--text);margin-bottom:1rem}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.25rem;border-radius:.5rem;cursor:pointer;
border:1px solid var(--accent);background:var(--accent);color:var(--on-accent)}
button.small{min-height:2.25rem;padding:.25rem .875rem;font-size:.875rem}
.search{display:flex;flex-wrap:wrap;gap:.5rem}
.search label{flex:1 1 100%;margin:0}
.search input{flex:1 1 14rem;width:auto;margin:0}
button.quiet{background:transparent;color:var(--text);border-color:var(--edge)}
a{color:inherit;text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px;border-radius:.375rem}
`;

const HASH = createHash('sha256').update(OPERATOR_STYLESHEET).digest('base64');

/** No scripts, images, frames or requests of any kind; forms only back to us. */
export const OPERATOR_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${HASH}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
