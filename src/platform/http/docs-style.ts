/** The style of the documentation page; no script, no font, nothing from elsewhere. */
export const DOCS_STYLE = `:root { color-scheme: light dark; --ink: #1c1d21; --soft: #5a5d66; --line: #dcdde2; --ground: #ffffff; --raised: #f5f5f7; --link: #3a4fd0; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --soft: #a3a6b0; --line: #34363d; --ground: #15161a; --raised: #1f2026; --link: #9fadff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 6rem; max-width: 62rem; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
a { color: var(--link); }
h1 { font-size: 1.9rem; margin: 0 0 .25rem; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; background: var(--raised); }
summary { padding: .6rem .9rem; cursor: pointer; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 8px; }
summary .method { font-weight: 700; min-width: 4rem; }
summary .about { color: var(--soft); }
details > div { padding: 0 .9rem .9rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); font-weight: 400; }
th[scope='col'] { color: var(--soft); }
`;
