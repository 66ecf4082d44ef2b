/* Stand-ins for the Polaris feedback and overlay elements: banner, empty state, progress, icon, modal, tooltip. */
(() => {
  'use strict';
  const { Lite, define, node, slot, style, word } = polarisLite;

  /* Few and plain: strokes on a 20 by 20 field. */
  const GLYPHS = {
    'alert-circle': 'M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM10 6v5M10 13.8v.2',
    'alert-triangle': 'M10 3 2 17h16L10 3ZM10 8v4M10 14.3v.2',
    'arrow-left': 'M16 10H4m5-5-5 5 5 5',
    calendar: 'M3 5h14v12H3zM3 9h14M7 3v4M13 3v4',
    cart: 'M2 4h2l2 9h9l2-6H5M8 16.5v.1M14 16.5v.1',
    check: 'm4 10 4 4 8-8',
    'check-circle': 'M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM6.5 10l2.5 2.5 4.5-5',
    'chevron-right': 'm8 5 5 5-5 5',
    clock: 'M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM10 5.5V10l3 2',
    email: 'M2.5 5h15v10.5h-15zM3 5.5l7 5.5 7-5.5',
    info: 'M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM10 9v5M10 6v.2',
    order: 'M4 3h12v14l-2-1.4-2 1.4-2-1.4L8 17l-2-1.4L4 17zM7 7h6M7 10h6',
    person: 'M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3.5 17c.7-3 3.2-4.5 6.5-4.5s5.8 1.5 6.5 4.5',
    refresh: 'M16 10a6 6 0 1 1-1.8-4.3L16 7.5M16 3.5v4h-4',
    reward: 'M10 2.5l2.3 4.7 5.2.8-3.7 3.6.9 5.1-4.7-2.4-4.7 2.4.9-5.1L2.5 8l5.2-.8z',
    search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17',
    x: 'm5 5 10 10M15 5 5 15',
  };
  const SVG = 'http://www.w3.org/2000/svg';

  function glyph(type) {
    const svg = document.createElementNS(SVG, 'svg');
    const path = document.createElementNS(SVG, 'path');
    svg.setAttribute('viewBox', '0 0 20 20');
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('focusable', 'false');
    path.setAttribute('d', GLYPHS[type] ?? '');
    svg.append(path);
    return svg;
  }

  const ICON = style(`
    svg { inline-size: 1.25rem; block-size: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; flex: none; }
  `);

  define('s-icon', class extends Lite {
    static observedAttributes = ['type'];
    static sheets = [ICON, style(`
      :host { display: inline-flex; vertical-align: -.25em; }
      :host([size=small]) svg { inline-size: 1rem; block-size: 1rem; }
      :host([color=subdued]) { color: var(--muted); }
      :host([tone=success]) { color: var(--success); } :host([tone=warning]), :host([tone=caution]) { color: var(--warning); }
      :host([tone=critical]) { color: var(--critical); } :host([tone=info]) { color: var(--info); }
      :host(:dir(rtl)) .turns { scale: -1 1; }
    `)];

    draw() {
      const drawn = glyph(this.text('type'));
      if (/^(arrow|chevron)-(left|right)/.test(this.text('type'))) drawn.classList.add('turns');
      this.show(drawn);
    }
  });

  define('s-banner', class extends Lite {
    static observedAttributes = ['heading', 'tone'];
    static sheets = [ICON, style(`
      :host { display: block; }
      .banner { --tint: var(--info); display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .25rem .75rem; padding: .9rem 1rem; border: 1px solid color-mix(in oklab, var(--tint) 35%, #fff); border-radius: 12px; background: color-mix(in oklab, var(--tint) 7%, #fff); }
      .success { --tint: var(--success); } .warning { --tint: var(--warning); } .critical { --tint: var(--critical); }
      svg { color: var(--tint); } .body { display: grid; gap: .35rem; justify-items: start; min-inline-size: 0; }
      p { font-weight: 650; }
      button { inline-size: 2rem; block-size: 2rem; border: 0; border-radius: 8px; background: none; cursor: pointer; }
    `)];

    draw() {
      const tone = this.text('tone') || 'info';
      const GLYPH = { success: 'check-circle', warning: 'alert-triangle', critical: 'alert-circle' };
      const close = this.is('dismissible') ? node('button', { type: 'button', 'aria-label': word('close') }, '×') : null;
      close?.addEventListener('click', () => {
        this.hidden = true;
        this.dispatchEvent(new CustomEvent('dismiss'));
      });
      this.setAttribute('role', tone === 'critical' ? 'alert' : 'status');
      this.show(node('div', { class: `banner ${tone}` }, glyph(GLYPH[tone] ?? 'info'), node('div', { class: 'body' },
        this.text('heading') ? node('p', {}, this.text('heading')) : null, slot(), slot('secondary-actions')), close));
    }
  });

  define('s-empty-state', class extends Lite {
    static observedAttributes = ['heading'];
    static sheets = [style(`
      :host { display: block; }
      .empty { display: grid; justify-items: center; gap: .6rem; padding: 2.5rem 1.25rem; text-align: center; }
      p { font-size: 1.1rem; } ::slotted([slot=subheading]) { max-inline-size: 34rem; color: var(--muted); }
      .actions { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: center; margin-block-start: .5rem; }
    `)];

    draw() {
      this.show(node('div', { class: 'empty' }, slot('graphic'), node('p', {}, this.text('heading')), slot('subheading'),
        node('div', { class: 'actions' }, slot('secondary-actions'), slot('primary-action'))));
    }
  });

  define('s-spinner', class extends Lite {
    static sheets = [style(':host { display: inline-block; color: var(--brand); } :host([size^=large]) { font-size: 2rem; }')];
    draw() {
      this.show(node('span', { class: 'spin', role: 'img', 'aria-label': this.text('accessibilitylabel') || word('loading') }));
    }
  });

  define('s-progress', class extends Lite {
    static observedAttributes = ['value', 'max'];
    static sheets = [style(`
      :host { display: block; }
      .track { block-size: .6rem; border-radius: 99px; background: var(--line); overflow: hidden; }
      .fill { block-size: 100%; border-radius: 99px; background: var(--brand); transition: inline-size .3s; }
      :host([tone=critical]) .fill { background: var(--critical); } :host([tone=success]) .fill { background: var(--success); }
    `)];

    draw() {
      const max = Number(this.text('max')) || 1;
      const isKnown = this.hasAttribute('value');
      const value = Math.min(Math.max(Number(this.text('value')) || 0, 0), max);
      const fill = node('div', { class: 'fill' });
      fill.style.inlineSize = `${isKnown ? (100 * value) / max : 100}%`;
      this.show(node('div', { class: 'track', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': max,
        'aria-valuenow': isKnown ? value : null, 'aria-label': this.text('accessibilitylabel') || word('loading') }, fill));
    }
  });

  define('s-avatar', class extends Lite {
    static sheets = [style(`
      :host { display: inline-grid; place-items: center; inline-size: 2.25rem; block-size: 2.25rem; border-radius: 50%; overflow: hidden; background: color-mix(in oklab, var(--brand) 14%, #fff); color: var(--brand-deep); font-weight: 650; flex: none; }
      :host([size^=small]) { inline-size: 1.75rem; block-size: 1.75rem; font-size: .85em; } :host([size^=large]) { inline-size: 3rem; block-size: 3rem; font-size: 1.2em; }
      img { inline-size: 100%; block-size: 100%; object-fit: cover; }
    `)];

    draw() {
      const alt = this.text('alt');
      if (this.hasAttribute('src')) this.show(node('img', { src: this.text('src'), alt }));
      else this.show(node('span', alt ? { role: 'img', 'aria-label': alt } : { 'aria-hidden': 'true' }, this.text('initials')));
    }
  });

  define('s-modal', class extends Lite {
    static observedAttributes = ['heading'];
    static sheets = [style(`
      :host { display: contents; }
      dialog { inline-size: min(36rem, calc(100vw - 2rem)); max-block-size: calc(100vh - 2rem); padding: 0; border: 0; border-radius: 14px; color: var(--ink); background: var(--card); box-shadow: 0 20px 60px rgb(28 36 48 / .3); }
      :host([size^=small]) dialog { inline-size: min(26rem, calc(100vw - 2rem)); } :host([size^=large]) dialog { inline-size: min(54rem, calc(100vw - 2rem)); }
      dialog::backdrop { background: rgb(28 36 48 / .5); }
      header, footer { display: flex; gap: .75rem; align-items: center; padding: 1rem 1.25rem; }
      header { justify-content: space-between; border-block-end: 1px solid var(--line); }
      footer { justify-content: flex-end; flex-wrap: wrap; border-block-start: 1px solid var(--line); }
      h2 { font-size: 1.1rem; } .content { padding: 1.25rem; } .content.none { padding: 0; }
      button { inline-size: 2rem; block-size: 2rem; border: 0; border-radius: 8px; background: none; font-size: 1.2rem; cursor: pointer; }
    `)];

    draw() {
      const wasOpen = this.dialog?.open;
      const close = node('button', { type: 'button', 'aria-label': word('close') }, '×');
      close.addEventListener('click', () => this.hideOverlay());
      this.dialog = node('dialog', { 'aria-label': this.text('accessibilitylabel') || this.text('heading') },
        node('header', {}, node('h2', {}, this.text('heading')), close),
        node('div', { class: `content ${this.text('padding')}` }, slot()),
        node('footer', {}, slot('secondary-actions'), slot('primary-action')));
      this.dialog.addEventListener('close', () => {
        for (const name of ['hide', 'afterhide']) this.dispatchEvent(new CustomEvent(name));
      });
      this.show(this.dialog);
      if (wasOpen) this.dialog.showModal();
    }

    showOverlay() {
      if (this.dialog.open) return;
      this.dialog.showModal();
      for (const name of ['show', 'aftershow']) this.dispatchEvent(new CustomEvent(name));
    }

    hideOverlay() { this.dialog.close(); }
    toggleOverlay() { if (this.dialog.open) this.hideOverlay(); else this.showOverlay(); }
  });

  define('s-tooltip', class extends Lite {
    static sheets = [style(`
      :host { position: fixed; z-index: 10; display: none; max-inline-size: 18rem; padding: .4rem .7rem; border-radius: 8px; background: var(--ink); color: #fff; font-size: .925em; pointer-events: none; }
      :host([data-open]) { display: block; }
    `)];
    draw() {
      this.setAttribute('role', 'tooltip');
      this.show(slot());
    }
  });

  /* Listeners of the document go when a bounce writes it anew, so these are set on every load. */
  const along = (event, attribute) => event.composedPath().find((at) => at instanceof Element && at.hasAttribute(attribute));

  document.addEventListener('click', (event) => {
    const pressed = along(event, 'commandfor');
    const target = pressed && document.getElementById(pressed.getAttribute('commandfor'));
    if (!target?.toggleOverlay || pressed.hasAttribute('disabled')) return;
    const COMMANDS = { '--show': 'showOverlay', '--hide': 'hideOverlay' };
    target[COMMANDS[pressed.getAttribute('command')] ?? 'toggleOverlay']();
  });

  function hint(event, isOpen) {
    const about = along(event, 'interestfor');
    const tip = about && document.getElementById(about.getAttribute('interestfor'));
    if (!tip) return;
    tip.toggleAttribute('data-open', isOpen);
    if (!isOpen) return;
    about.setAttribute('aria-describedby', tip.id);
    const box = about.getBoundingClientRect();
    tip.style.top = `${Math.min(box.bottom + 6, innerHeight - tip.offsetHeight - 4)}px`;
    tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - tip.offsetWidth - 4))}px`;
  }
  for (const name of ['pointerover', 'focusin']) document.addEventListener(name, (event) => hint(event, true));
  for (const name of ['pointerout', 'focusout']) document.addEventListener(name, (event) => hint(event, false));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') document.querySelectorAll('s-tooltip[data-open]').forEach((tip) => tip.removeAttribute('data-open'));
  });
})();
