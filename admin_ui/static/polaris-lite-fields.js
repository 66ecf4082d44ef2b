/* Stand-ins for the Polaris form fields: form-associated, so that forms, FormData, reset and htmx see them. */
(() => {
  'use strict';
  const { Lite, define, node, slot, style } = polarisLite;

  const FIELD = style(`
    :host { display: block; min-inline-size: 0; }
    .field { display: grid; gap: .3rem; }
    label { font-weight: 550; }
    .frame { display: flex; align-items: center; gap: .5rem; padding-inline: .7rem; border: 1px solid var(--edge); border-radius: 8px; background: #fff; }
    .frame:focus-within { outline: 3px solid var(--focus); outline-offset: 1px; }
    .frame.wrong { border-color: var(--critical); }
    input, select, textarea { flex: 1; min-inline-size: 0; inline-size: 100%; min-block-size: 2.25rem; padding: .3rem 0; border: 0; background: none; color: inherit; font: inherit; outline: none; }
    input, textarea { unicode-bidi: plaintext; } select { cursor: pointer; } textarea { resize: vertical; padding-block: .5rem; }
    input[type=number] { appearance: textfield; font-variant-numeric: tabular-nums; }
    ::placeholder { color: var(--muted); opacity: 1; }
    .frame:has(:disabled) { background: var(--paper); color: var(--muted); }
    .affix, .details { color: var(--muted); } .details, .error { margin: 0; font-size: .925em; font-weight: 400; }
    .error { color: var(--critical); }
    .tick { display: grid; grid-template-columns: auto 1fr; gap: .15rem .6rem; align-items: center; }
    .tick .details, .tick .error { grid-column: 2; }
    .tick input { inline-size: 1.15rem; block-size: 1.15rem; min-block-size: 0; margin: 0; accent-color: var(--brand); cursor: pointer; }
    .tick label { padding-block: .3rem; cursor: pointer; }
    .tick input:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
    input[role=switch] { appearance: none; inline-size: 2.4rem; block-size: 1.4rem; border-radius: 99px; background: var(--edge); transition: background-color .15s; position: relative; }
    input[role=switch]::before { content: ''; position: absolute; inset-block-start: .15rem; inset-inline-start: .15rem; inline-size: 1.1rem; block-size: 1.1rem; border-radius: 50%; background: #fff; transition: inset-inline-start .15s; }
    input[role=switch]:checked { background: var(--brand); } input[role=switch]:checked::before { inset-inline-start: 1.15rem; }
    input:disabled { cursor: not-allowed; opacity: .6; }
    @media (forced-colors: active) { input[role=switch] { appearance: auto; } }
    @media (pointer: coarse) { input, select { min-block-size: 2.75rem; } }
  `);

  class Field extends Lite {
    static formAssociated = true;
    static focusable = true;
    static sheets = [FIELD];
    static observedAttributes = ['error', 'disabled', 'label', 'details', 'value'];
    internals = this.attachInternals();

    get form() { return this.internals.form; }
    get name() { return this.text('name'); }
    get value() { return this.control ? this.control.value : this.text('value'); }
    set value(value) {
      if (this.control) this.control.value = value;
      this.sync();
    }

    attributeChangedCallback(name, before, now) {
      if (!this.control || before === now) return;
      const typed = name === 'value' ? now ?? '' : this.value;
      this.draw();
      this.value = typed;
    }

    formResetCallback() { this.value = this.text('value'); }

    formDisabledCallback(isDisabled) { if (this.control) this.control.disabled = isDisabled || this.is('disabled'); }

    sync() {
      if (!this.control) return;
      this.internals.setFormValue(this.control.value);
      const lacks = this.is('required') && this.control.value === '';
      this.internals.setValidity(lacks ? { valueMissing: true } : {}, lacks ? polarisLite.word('required') || '?' : '', this.control);
    }

    /* Puts label, help and error around the control and keeps the form informed. */
    settle(control, frame) {
      const hidden = this.text('labelaccessibilityvisibility') === 'exclusive';
      const described = [this.text('details') ? 'details' : '', this.text('error') ? 'error' : ''].join(' ').trim();
      for (const [name, value] of Object.entries({
        id: 'control', 'aria-describedby': described || null, 'aria-invalid': this.text('error') ? 'true' : null,
        'aria-required': this.is('required') ? 'true' : null, 'aria-label': this.text('accessibilitylabel') || null,
      })) if (value) control.setAttribute(name, value);
      control.disabled = this.is('disabled');
      const label = this.text('label') ? node('label', { for: 'control', class: hidden ? 'hidden-text' : null }, this.text('label')) : null;
      const details = this.text('details') ? node('p', { id: 'details', class: 'details' }, this.text('details')) : null;
      const error = this.text('error') ? node('p', { id: 'error', class: 'error' }, this.text('error')) : null;
      this.control = control;
      this.show(frame(label, details, error));
      control.addEventListener('input', () => this.sync());
      control.addEventListener('change', () => {
        this.sync();
        this.dispatchEvent(new Event('change', { bubbles: true }));
      });
      this.sync();
    }

    framed(control) {
      const around = (label, details, error) => node('div', { class: 'field' }, label,
        node('div', { class: this.text('error') ? 'frame wrong' : 'frame' },
          this.text('prefix') ? node('span', { class: 'affix' }, this.text('prefix')) : null, control,
          this.text('suffix') ? node('span', { class: 'affix' }, this.text('suffix')) : null, slot('accessory')),
        error, details);
      this.settle(control, around);
    }
  }

  const TYPED = ['placeholder', 'autocomplete', 'maxlength', 'minlength', 'min', 'max', 'step', 'inputmode', 'rows'];

  const typed = (type) => class extends Field {
    draw() {
      const attributes = Object.fromEntries(TYPED.filter((name) => this.hasAttribute(name)).map((name) => [name, this.text(name)]));
      const control = type === 'textarea' ? node('textarea', attributes) : node('input', { type, ...attributes });
      control.readOnly = this.is('readonly');
      control.value = this.control ? this.control.value : this.text('value');
      // A control in a shadow tree has no form owner, so Enter must be passed on.
      if (type !== 'textarea') {
        control.addEventListener('keydown', (event) => {
          if (event.key === 'Enter' && !event.isComposing) this.form?.requestSubmit();
        });
      }
      this.framed(control);
    }
  };

  define('s-text-field', typed('text'));
  define('s-email-field', typed('email'));
  define('s-search-field', typed('search'));
  define('s-number-field', typed('number'));
  define('s-text-area', typed('textarea'));

  define('s-select', class extends Field {
    draw() {
      const control = node('select');
      const before = this.control?.value;
      this.fill(control, before);
      this.framed(control);
      // The parser adds the options after this element is connected.
      this.watch ??= new MutationObserver(() => {
        this.fill(this.control, null);
        this.sync();
      });
      this.watch.observe(this, { childList: true, subtree: true, characterData: true });
    }

    fill(control, keep) {
      const option = (from) => node('option', { value: from.getAttribute('value') ?? from.textContent.trim(), disabled: from.hasAttribute('disabled') }, from.textContent.trim());
      const children = [...this.children].filter((child) => child.matches('s-option, s-option-group'));
      control.replaceChildren(...children.map((child) => child.matches('s-option') ? option(child)
        : node('optgroup', { label: child.getAttribute('label') }, ...[...child.children].map(option))));
      const chosen = this.querySelector('s-option[selected]');
      const first = chosen ? chosen.getAttribute('value') ?? chosen.textContent.trim() : this.getAttribute('value');
      const wanted = keep ?? first;
      if (wanted !== null) control.value = wanted;
    }

    formResetCallback() {
      this.fill(this.control, null);
      this.sync();
    }
  });

  class Tick extends Field {
    static observedAttributes = ['error', 'disabled', 'label', 'details', 'checked'];
    get checked() { return this.control ? this.control.checked : this.is('checked'); }
    set checked(on) {
      if (this.control) this.control.checked = on;
      this.sync();
    }

    attributeChangedCallback(name, before, now) {
      if (!this.control || before === now) return;
      const on = name === 'checked' ? this.is('checked') : this.checked;
      this.draw();
      this.checked = on;
    }

    formResetCallback() { this.checked = this.is('checked'); }
    sync() { if (this.control) this.internals.setFormValue(this.control.checked ? this.text('value') || 'on' : null); }

    draw() {
      const control = node('input', { type: 'checkbox', role: this.localName === 's-switch' ? 'switch' : null });
      control.checked = this.is('checked');
      this.settle(control, (label, details, error) => node('div', { class: 'tick' }, control, label, error, details));
    }
  }

  define('s-checkbox', class extends Tick {});
  define('s-switch', class extends Tick {});
})();
