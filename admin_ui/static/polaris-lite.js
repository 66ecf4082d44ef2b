/* Stand-ins for the Polaris web components, for the demo and the tests: same tags, attributes and slots, our own look.
   Production loads Shopify's polaris-1.js instead. This file: foundations, structure, text, actions, tables.
   The page may be written anew into the same window (App Bridge's bounce), so definitions are made once. */
globalThis.polarisLite ??= (() => {
  'use strict';

  const SPACE = {
    none: '0', 'small-500': '1px', 'small-400': '.125rem', 'small-300': '.25rem', 'small-200': '.375rem',
    'small-100': '.5rem', small: '.75rem', base: '1rem', large: '1.25rem', 'large-100': '1.5rem', 'large-200': '2rem',
    'large-300': '2.5rem', 'large-400': '3rem', 'large-500': '4rem',
  };
  const RADIUS = {
    none: '0', 'small-200': '2px', 'small-100': '4px', small: '6px', base: '10px', large: '14px', 'large-100': '18px',
    'large-200': '24px',
  };
  const BACKGROUND = { transparent: 'transparent', subdued: 'var(--paper)', base: 'var(--card)', strong: 'var(--line)' };
  const SIZES = ['blockSize', 'minBlockSize', 'maxBlockSize', 'inlineSize', 'minInlineSize', 'maxInlineSize'];

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { font: inherit; color: inherit; }
    :host([hidden]) { display: none !important; }
    *, ::before, ::after { box-sizing: border-box; }
    h1, h2, h3, h4, p { margin: 0; font-weight: 650; line-height: 1.3; text-wrap: balance; }
    a, button { font: inherit; color: inherit; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
    .hidden-text { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .spin { display: inline-block; inline-size: 1.1em; block-size: 1.1em; border: 2px solid currentColor; border-inline-end-color: transparent;
      border-radius: 50%; animation: turn 1s linear infinite; vertical-align: -.15em; }
    @keyframes turn { to { rotate: 1turn; } }
    @media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important; } }
  `);

  function node(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) made.setAttribute(name, '');
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const slot = (name) => node('slot', name ? { name } : {});

  function style(css) {
    const own = new CSSStyleSheet();
    own.replaceSync(css);
    return own;
  }

  function word(name) {
    const source = document.getElementById('admin-words');
    return source ? JSON.parse(source.textContent)[name] ?? '' : '';
  }

  class Lite extends HTMLElement {
    static sheets = [];
    static focusable = false;

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: 'open', delegatesFocus: this.constructor.focusable });
        this.shadowRoot.adoptedStyleSheets = [sheet, ...this.constructor.sheets];
      }
      this.draw();
    }

    attributeChangedCallback() {
      if (this.shadowRoot) this.draw();
    }

    text(name) { return this.getAttribute(name) ?? ''; }
    is(name) { return this.hasAttribute(name) && this.getAttribute(name) !== 'false'; }
    show(...nodes) { this.shadowRoot.replaceChildren(...nodes.filter(Boolean)); }
  }

  function define(tag, made) {
    if (!customElements.get(tag)) customElements.define(tag, made);
  }

  /* Spacing, borders and roles of boxes; styles are set through the object model, which a strict CSP allows. */
  function dress(host) {
    const spaced = (value) => value.trim().split(/\s+/).map((part) => SPACE[part] ?? part).join(' ');
    for (const name of ['gap', 'rowGap', 'columnGap', 'padding', 'paddingBlock', 'paddingInline', 'paddingBlockStart',
      'paddingBlockEnd', 'paddingInlineStart', 'paddingInlineEnd']) {
      if (host.hasAttribute(name)) host.style[name] = spaced(host.getAttribute(name));
    }
    for (const name of ['alignItems', 'justifyContent', 'justifyItems', 'alignContent', 'gridTemplateColumns',
      'gridTemplateRows', 'gridColumn', 'gridRow', 'overflow', ...SIZES]) {
      if (host.hasAttribute(name)) host.style[name] = host.getAttribute(name);
    }
    if (host.getAttribute('display') === 'none') host.style.display = 'none';
    if (host.hasAttribute('background')) host.style.background = BACKGROUND[host.getAttribute('background')];
    if (host.hasAttribute('border') && host.getAttribute('border') !== 'none') host.style.border = '1px solid var(--line)';
    if (host.hasAttribute('borderRadius')) {
      host.style.borderRadius = host.getAttribute('borderRadius').split(/\s+/).map((part) => RADIUS[part] ?? part).join(' ');
    }
    const ROLES = { 'ordered-list': 'list', 'unordered-list': 'list', 'list-item': 'listitem', section: 'region', aside: 'complementary', header: 'banner', footer: 'contentinfo' };
    const role = host.getAttribute('accessibilityRole');
    if (role && role !== 'generic') host.setAttribute('role', ROLES[role] ?? role);
    if (host.hasAttribute('accessibilityLabel')) host.setAttribute('aria-label', host.getAttribute('accessibilityLabel'));
    const visibility = host.getAttribute('accessibilityVisibility');
    if (visibility === 'hidden') host.setAttribute('aria-hidden', 'true');
    if (visibility === 'exclusive') host.classList.add('sr');
  }

  const roled = (role) => class extends HTMLElement {
    connectedCallback() {
      if (role && !this.hasAttribute('role')) this.setAttribute('role', role);
      dress(this);
    }
  };

  for (const tag of ['s-stack', 's-grid', 's-grid-item', 's-box', 's-text', 's-paragraph', 's-badge', 's-button-group']) define(tag, roled(null));
  define('s-divider', roled('separator'));
  define('s-ordered-list', roled('list'));
  define('s-unordered-list', roled('list'));
  define('s-list-item', roled('listitem'));

  function headingLevel(host) {
    let level = 2;
    for (let at = host.parentElement?.closest('s-section'); at; at = at.parentElement?.closest('s-section')) level += 1;
    return Math.min(level, 6);
  }

  define('s-heading', class extends HTMLElement {
    connectedCallback() {
      const role = this.getAttribute('accessibilityRole') ?? 'heading';
      this.setAttribute('role', role);
      if (role === 'heading') this.setAttribute('aria-level', headingLevel(this));
    }
  });

  define('s-page', class extends Lite {
    static observedAttributes = ['heading', 'inlinesize'];
    static sheets = [style(`
      :host { display: block; }
      .page { max-inline-size: 68rem; margin-inline: auto; padding: 1.5rem 1.25rem 3rem; }
      .page.small { max-inline-size: 42rem; } .page.large { max-inline-size: none; }
      header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin-block-end: 1.25rem; }
      .title { display: grid; gap: .25rem; min-inline-size: 0; }
      h1 { font-size: 1.5rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
      .actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
      .columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; align-items: start; }
      .content, .aside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
      .aside[hidden] { display: none; }
      @media (min-width: 56rem) { .columns.two { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); } }
      @media (max-width: 40rem) { .page { padding: 1rem .75rem 2rem; } h1 { font-size: 1.3rem; } }
      :lang(ar) h1, :lang(fa) h1 { letter-spacing: 0; }
    `)];

    draw() {
      const aside = node('div', { class: 'aside', hidden: true }, slot('aside'));
      const columns = node('div', { class: 'columns' }, node('div', { class: 'content' }, slot()), aside);
      aside.firstChild.addEventListener('slotchange', (event) => {
        aside.hidden = event.target.assignedElements().length === 0;
        columns.classList.toggle('two', !aside.hidden);
      });
      const title = node('div', { class: 'title' }, slot('breadcrumb-actions'), node('h1', {}, this.text('heading')));
      const actions = node('div', { class: 'actions' }, slot('secondary-actions'), slot('primary-action'));
      this.show(node('div', { class: `page ${this.text('inlinesize')}` }, node('header', {}, title, actions), columns));
    }
  });

  define('s-section', class extends Lite {
    static observedAttributes = ['heading', 'subheading'];
    static sheets = [style(`
      :host { display: block; min-inline-size: 0; }
      section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; box-shadow: 0 1px 2px rgb(28 36 48 / .04); }
      section.bare { padding: 0; overflow: hidden; } section.bare .top { padding: 1rem 1.25rem .75rem; }
      section.nested { background: none; border: 0; border-radius: 0; padding: 0; box-shadow: none; }
      .top { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; justify-content: space-between; margin-block-end: .75rem; }
      section.bare .top { margin: 0; }
      .top.empty { display: none; }
      .names { display: grid; gap: .125rem; min-inline-size: 0; }
      .name { font-size: 1.05rem; } .nested .name { font-size: .95rem; }
      p { font-weight: 400; color: var(--muted); }
      .actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
      @media (max-width: 40rem) { section { padding: 1rem; } }
    `)];

    draw() {
      const heading = this.text('heading');
      const isNested = Boolean(this.parentElement?.closest('s-section'));
      const kinds = [this.text('padding') === 'none' ? 'bare' : '', isNested ? 'nested' : ''].join(' ').trim();
      const label = heading ? { 'aria-labelledby': 'name' } : { 'aria-label': this.text('accessibilitylabel') || null };
      const names = node('div', { class: 'names' },
        heading ? node(`h${headingLevel(this)}`, { id: 'name', class: 'name' }, heading) : null,
        this.text('subheading') ? node('p', {}, this.text('subheading')) : null);
      const actions = node('div', { class: 'actions' }, slot('accessory'), slot('secondary-actions'), slot('primary-action'));
      const top = node('div', { class: heading ? 'top' : 'top empty' }, names, actions);
      actions.addEventListener('slotchange', (event) => {
        if (event.target.assignedElements().length) top.classList.remove('empty');
      });
      this.show(node('section', { class: kinds || null, ...label }, top, slot()));
    }
  });

  const ACTION = style(`
    :host { display: inline-block; max-inline-size: 100%; } :host([inlinesize=fill]) { display: block; }
    a, button { display: inline-flex; gap: .4rem; align-items: center; justify-content: center; inline-size: 100%; min-block-size: 2.25rem;
      padding: .35rem .9rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); color: var(--ink); font-weight: 600;
      line-height: 1.25; text-align: center; text-decoration: none; cursor: pointer; transition: background-color .12s; }
    a:hover, button:hover { background: var(--paper); }
    .primary { background: var(--brand); border-color: var(--brand); color: var(--on-brand); } .primary:hover { background: var(--brand-deep); }
    .tertiary { border-color: transparent; background: none; color: var(--brand); }
    .critical { color: var(--critical); } .primary.critical { background: var(--critical); border-color: var(--critical); color: #fff; }
    button:disabled { background: var(--line); border-color: var(--line); color: var(--muted); cursor: not-allowed; }
    @media (pointer: coarse) { a, button { min-block-size: 2.75rem; } }
  `);

  /* Wires what every pressable thing shares: forms, commands, links. */
  const pressable = (host, internals, inner) => {
    inner.addEventListener('click', () => {
      const type = host.text('type');
      if (type === 'submit') internals?.form?.requestSubmit();
      if (type === 'reset') internals?.form?.reset();
    });
    return inner;
  };

  function anchorAttributes(host) {
    const target = host.text('target');
    return {
      href: host.text('href'),
      target: target && target !== 'auto' ? target : null,
      rel: target === '_blank' ? 'noopener' : null,
      download: host.getAttribute('download'),
      'aria-label': host.text('accessibilitylabel') || null,
    };
  }

  define('s-button', class extends Lite {
    static formAssociated = true;
    static focusable = true;
    static observedAttributes = ['disabled', 'loading', 'variant', 'tone', 'href', 'accessibilitylabel'];
    static sheets = [ACTION];
    internals = this.attachInternals();

    draw() {
      const kind = { class: `${this.text('variant')} ${this.text('tone')}`.trim() || null };
      const busy = this.is('loading');
      const face = [busy ? node('span', { class: 'spin', 'aria-hidden': 'true' }) : null,
        this.text('icon') ? node('s-icon', { type: this.text('icon') }) : null, slot()];
      if (this.hasAttribute('href') && !this.is('disabled')) {
        this.show(node('a', { ...kind, ...anchorAttributes(this) }, ...face));
        return;
      }
      this.show(pressable(this, this.internals, node('button', {
        ...kind, type: 'button', disabled: this.is('disabled') || busy, 'aria-busy': busy ? 'true' : null,
        'aria-label': this.text('accessibilitylabel') || null,
        'aria-haspopup': document.getElementById(this.text('commandfor'))?.localName === 's-modal' ? 'dialog' : null,
      }, ...face)));
    }
  });

  define('s-link', class extends Lite {
    static focusable = true;
    static observedAttributes = ['href', 'accessibilitylabel'];
    static sheets = [style(`
      :host { display: inline; }
      a, button { display: inline; padding: 0; border: 0; background: none; color: var(--brand); font-weight: 600; text-decoration: underline;
        text-decoration-color: color-mix(in oklab, currentColor 40%, transparent); text-underline-offset: .2em; cursor: pointer; overflow-wrap: anywhere; }
      a:hover, button:hover { text-decoration-color: currentColor; }
      a, button { display: inline-block; min-block-size: 1.5rem; }
      :host([tone=critical]) * { color: var(--critical); } :host([tone=neutral]) * { color: inherit; }
    `)];

    draw() {
      this.show(this.hasAttribute('href') ? node('a', anchorAttributes(this), slot())
        : node('button', { type: 'button', 'aria-label': this.text('accessibilitylabel') || null }, slot()));
    }
  });

  define('s-clickable', class extends Lite {
    static formAssociated = true;
    static focusable = true;
    static observedAttributes = ['href', 'disabled', 'accessibilitylabel'];
    static sheets = [style(`
      :host { display: block; overflow: visible; }
      a, button { display: block; inline-size: 100%; padding: 0; border: 0; background: none; color: inherit; text-align: start; text-decoration: none; cursor: pointer; border-radius: inherit; }
    `)];
    internals = this.attachInternals();

    draw() {
      dress(this);
      this.removeAttribute('aria-label');
      const label = { 'aria-label': this.text('accessibilitylabel') || null };
      this.show(this.hasAttribute('href') ? node('a', { ...anchorAttributes(this), ...label }, slot())
        : pressable(this, this.internals, node('button', { type: 'button', disabled: this.is('disabled'), ...label }, slot())));
    }
  });

  define('s-chip', class extends Lite {
    static sheets = [style(`
      :host { display: inline-flex; gap: .3rem; align-items: center; max-inline-size: 100%; padding: .15rem .6rem; border: 1px solid var(--line); border-radius: 99px; background: var(--card); overflow-wrap: anywhere; }
      :host([color=strong]) { background: var(--ink); color: #fff; } :host([color=subdued]) { background: var(--paper); }
      button { inline-size: 1.5rem; block-size: 1.5rem; border: 0; border-radius: 50%; background: none; cursor: pointer; }
    `)];

    draw() {
      const remove = this.is('removable') ? node('button', { type: 'button', 'aria-label': `${word('remove')} ${this.textContent.trim()}` }, '×') : null;
      remove?.addEventListener('click', () => this.dispatchEvent(new CustomEvent('remove')));
      this.show(slot('graphic'), slot(), remove);
    }
  });

  define('s-table', class extends Lite {
    static sheets = [style(`
      :host { display: block; min-inline-size: 0; }
      .filters { display: block; } .filters::slotted(*) { padding: .75rem 1.25rem; }
      .scroll { overflow-x: auto; }
      .table { display: table; inline-size: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
      @media (max-width: 40rem) { .table { display: block; } }
    `)];

    draw() {
      const label = this.closest('s-section')?.getAttribute('heading') ?? '';
      const table = node('div', { class: 'table', role: 'table', 'aria-label': label || null, 'aria-busy': this.is('loading') ? 'true' : null }, slot());
      const scroll = node('div', { class: 'scroll' }, table);
      const filters = node('slot', { name: 'filters', class: 'filters' });
      this.show(filters, scroll);
      // Only what scrolls takes a tab stop.
      this.watch ??= new ResizeObserver(() => {
        const box = this.shadowRoot.querySelector('.scroll');
        const scrolls = box.scrollWidth > box.clientWidth;
        for (const [name, value] of [['tabindex', '0'], ['role', 'group'], ['aria-label', label]]) {
          if (scrolls && value) box.setAttribute(name, value); else box.removeAttribute(name);
        }
      });
      this.watch.disconnect();
      this.watch.observe(scroll);
      this.watch.observe(table);
    }
  });

  define('s-table-body', roled('rowgroup'));
  define('s-table-header-row', roled('row'));
  define('s-table-row', class extends roled('row') {
    connectedCallback() {
      super.connectedCallback();
      this.addEventListener('click', (event) => {
        const target = document.getElementById(this.getAttribute('clickDelegate') ?? '');
        const pressed = event.composedPath().some((at) => at instanceof Element && at !== this && at.matches('a, button, input, s-link, s-button, s-clickable'));
        if (target && !pressed) target.shadowRoot?.querySelector('a, button')?.click();
      });
    }
  });

  const isNumeric = (header) => ['numeric', 'currency'].includes(header?.getAttribute('format'));

  define('s-table-header', class extends roled('columnheader') {
    connectedCallback() {
      super.connectedCallback();
      this.toggleAttribute('data-numeric', isNumeric(this));
    }
  });

  define('s-table-cell', class extends roled('cell') {
    connectedCallback() {
      super.connectedCallback();
      const column = [...this.parentElement.children].indexOf(this);
      const header = this.closest('s-table')?.querySelectorAll('s-table-header')[column];
      this.toggleAttribute('data-numeric', isNumeric(header));
      this.dataset.label = header?.textContent.trim() ?? '';
      this.dataset.place = header?.getAttribute('listSlot') ?? 'labeled';
    }
  });

  return { Lite, define, node, slot, style, word, dress };
})();
