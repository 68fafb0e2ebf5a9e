/// The style of all pages, served as one file.
enum Style {
    static let path = "console.css"

    static let sheet = """
        :root { --ink: #1b2a33; --quiet: #55636c; --line: #cfd8dc; --paper: #ffffff; --ground: #f3f6f7; --accent: #0b5c7a;
          --good: #1c6b3a; --bad: #a3261c; --warn: #7a4b00; color-scheme: light; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
        a { color: var(--accent); }
        a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible,
        summary:focus-visible { outline: 3px solid #e6a100; outline-offset: 2px; }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem 1rem; }
        header { background: var(--accent); color: #fff; }
        header a { color: #fff; }
        .bar { max-width: 75rem; margin: 0 auto; padding: .6rem 1rem; display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; }
        .brand { font-weight: 700; font-size: 1.2rem; text-decoration: none; }
        .who { flex: 1; }
        nav ul { display: flex; flex-wrap: wrap; gap: .2rem; list-style: none; margin: 0; padding: 0; }
        nav a { display: block; padding: .4rem .7rem; text-decoration: none; border-radius: .3rem; }
        nav a[aria-current] { background: #fff; color: var(--accent); font-weight: 600; }
        main { max-width: 75rem; margin: 0 auto; padding: 1rem; }
        footer { max-width: 75rem; margin: 0 auto; padding: 1rem; color: var(--quiet); font-size: .875rem; }
        h1 { font-size: 1.5rem; margin: .5rem 0 1rem; }
        h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: 0; padding: 0; list-style: none; }
        .card, .panel { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; }
        .card b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
        .panel { margin: .8rem 0; }
        .scroll { overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: .5rem .8rem; color: var(--quiet); }
        th, td { padding: .45rem .8rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
        tbody tr:last-child > * { border-bottom: 0; }
        th { font-weight: 600; }
        thead th { background: #e8eef0; }
        .n { text-align: right; white-space: nowrap; } .when { white-space: nowrap; } tr:has(> td > form) > * { vertical-align: middle; }
        .id { font-family: "DejaVu Sans Mono", monospace; font-size: .875rem; overflow-wrap: anywhere; }
        .quiet { color: var(--quiet); }
        .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
        .state { font-weight: 600; }
        .note, dd, td, th { overflow-wrap: anywhere; }
        .scroll th, .scroll td { overflow-wrap: break-word; } .scroll td.id { overflow-wrap: anywhere; min-width: 8rem; }
        .note { border-left: .3rem solid var(--accent); background: var(--paper); padding: .6rem 1rem; margin: .8rem 0; }
        .note.bad { border-color: var(--bad); } .note.warn { border-color: var(--warn); } .note.good { border-color: var(--good); }
        form.row { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; } form.row > p { margin: .45rem 0; }
        label { display: block; font-weight: 600; }
        label.inline { display: inline; font-weight: 400; }
        .hint { font-weight: 400; color: var(--quiet); font-size: .875rem; }
        input, select, textarea { font: inherit; padding: .4rem .5rem; border: 1px solid #6b7b84; border-radius: .3rem; background: #fff; color: var(--ink); max-width: 100%; }
        input[type=checkbox] { width: 1.2rem; height: 1.2rem; vertical-align: middle; }
        textarea { width: 100%; font-family: "DejaVu Sans Mono", monospace; font-size: .875rem; }
        .field { margin: .6rem 0; }
        .wide { width: 26rem; }
        button { font: inherit; font-weight: 600; padding: .45rem 1.1rem; border: 1px solid var(--accent); border-radius: .3rem; background: var(--accent); color: #fff; cursor: pointer; }
        button.second { background: #fff; color: var(--accent); }
        button.danger { background: var(--bad); border-color: var(--bad); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: 0; }
        dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
        .secret { font-family: "DejaVu Sans Mono", monospace; font-size: 1.05rem; overflow-wrap: anywhere; user-select: all; }
        svg.plot { width: 100%; height: auto; display: block; }
        svg.plot text { font: 11px "DejaVu Sans", sans-serif; fill: #55636c; }
        svg.plot rect { fill: #0b5c7a; }
        svg.plot line { stroke: #cfd8dc; }
        .pages { display: flex; gap: 1rem; margin: .8rem 0; }
        [hidden] { display: none !important; }
        p.row { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; }
        .fields { display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
        .fields .field { margin: .3rem 0; }
        .long { width: 42rem; }
        .hint { margin: .2rem 0; }
        .error { color: var(--bad); font-weight: 600; margin: .2rem 0; }
        [aria-invalid] { border: 2px solid var(--bad); }
        fieldset { min-width: 0; border: 1px solid var(--line); border-radius: .3rem; margin: .8rem 0; padding: .4rem .8rem .8rem; }
        legend { font-weight: 600; padding: 0 .3rem; }
        pre { overflow-x: auto; background: var(--ground); border: 1px solid var(--line); border-radius: .3rem; padding: .6rem .8rem; font: .875rem/1.5 "DejaVu Sans Mono", monospace; }
        pre.statement, .note pre { white-space: pre-wrap; overflow-wrap: anywhere; }
        pre:focus-visible, [tabindex]:focus-visible { outline: 3px solid #e6a100; outline-offset: 2px; }
        .kinds li { margin: .3rem 0; }
        .actions { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; padding: 0; }
        a.button { display: inline-block; font-weight: 600; padding: .45rem 1.1rem; border: 1px solid var(--accent); border-radius: .3rem; background: #fff; text-decoration: none; }
        summary { cursor: pointer; font-weight: 600; }
        .book th, .book td { overflow-wrap: normal; } .book td.id { overflow-wrap: anywhere; min-width: 6rem; } .book tbody th { white-space: nowrap; } .book .sign { min-width: 8rem; }
        .panel > h2:first-child, .panel > input[type=hidden]:first-child + h2 { margin-top: .2rem; }
        .scroll + .scroll, .panel + .scroll, .scroll + .panel { margin-top: .8rem; } .scroll + dl.panel { margin-top: .8rem; }
        .signing .sign { min-width: 9rem; height: 3.5rem; } .log td a { white-space: nowrap; }
        progress { width: 100%; max-width: 26rem; }
        @media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; } .wide { width: 100%; } }
        @media print {
          body { background: #fff; font-size: 10.5pt; } header, nav, form:not(.printed), .printed input, .printed button, .printed .hint, .pages, .noprint, .skip { display: none !important; }
          main, footer { max-width: none; padding: 0; } .scroll, .card, .panel { border: 0; padding: 0; overflow: visible; }
          .onlyprint { display: block; } thead { display: table-header-group; } tr { break-inside: avoid; } a { color: inherit; text-decoration: none; }
          .signing th, .signing td { border: 1px solid #666; } .signing .sign { min-width: 3.5cm; height: 1.8cm; } .signing { break-inside: avoid; }
          .book th, .book td { border: 1px solid #666; padding: .2rem .3rem; font-size: 8.5pt; } .book .sign { min-width: 3cm; height: 1.2cm; }
          .book tbody tr:last-child > *, .signing tbody tr:last-child > * { border-bottom: 1px solid #666; }
          .book { page: book; } @page book { size: A4 landscape; margin: 12mm; }
          @page { size: A4; margin: 15mm; }
        }
        @media screen { .onlyprint { display: none; } }
        """
}
