/* Stand-in for Shopify's App Bridge in the demo and the tests, written from its public documentation: the global
   `shopify`, tokens on same-origin fetch, the `?shopify-reload` bounce, toast, save bar, loading, `s-app-nav`.
   It talks to the demo's admin frame (same origin) with postMessage: { demo: 1, type, … }
     to the frame:   token {id} · nav {title, href, items} · saveBar {on} · toast {message, isError} · loading {on}
     from the frame: token {id, token} · navigate {href} · save · discard
   Production never loads this file. */
(() => {
  'use strict';
  const TOKEN_LIFE = 50_000; // milliseconds; a token lives for one minute
  const RETRY = 'X-Shopify-Retry-Invalid-Session-Request';
  const DIRTY = 'form[data-save-bar]';
  const frame = window === top ? null : parent;
  const query = new URLSearchParams(location.search);
  // A bounce writes the page anew into this window, where fetch is wrapped already.
  const nativeFetch = window.fetch.native ?? window.fetch.bind(window);
  const waiting = new Map();
  let asked = 0;
  let held = { token: null, until: 0 };
  let dirty = null;

  const post = (type, data = {}) => frame?.postMessage({ demo: 1, type, ...data }, location.origin);

  function idToken() {
    if (!frame) return Promise.reject(new Error('Open this app inside the demo admin: only its frame gives ID tokens.'));
    if (held.token && Date.now() < held.until) return Promise.resolve(held.token);
    return new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      post('token', { id: asked });
    });
  }

  function receiveToken({ id, token }) {
    held = { token, until: Date.now() + TOKEN_LIFE };
    waiting.get(id)?.(token);
    waiting.delete(id);
  }

  async function authenticatedFetch(input, init) {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin) return nativeFetch(request);
    const isOurs = !request.headers.has('Authorization');
    const language = document.documentElement.lang || 'en';
    const add = (name, value) => request.headers.has(name) || request.headers.set(name, value);
    if (isOurs) request.headers.set('Authorization', `Bearer ${await idToken()}`);
    add('X-Requested-With', 'XMLHttpRequest');
    add('Accept-Language', language);
    const again = request.clone();
    const answer = await nativeFetch(request);
    if (!isOurs || !answer.headers.has(RETRY)) return answer;
    held = { token: null, until: 0 };
    again.headers.set('Authorization', `Bearer ${await idToken()}`);
    return nativeFetch(again);
  }
  authenticatedFetch.native = nativeFetch;
  window.fetch = authenticatedFetch;

  /* The admin's navigation clicks the matching link, so that the page's own router may take it. */
  function navigate({ href }) {
    const wanted = new URL(href, location.href);
    const links = document.querySelectorAll('s-app-nav a[href], s-app-nav s-link[href], a[href], s-link[href]');
    const link = [...links].find((each) => new URL(each.getAttribute('href'), location.href).href === wanted.href);
    if (!link) {
      location.assign(wanted);
      return;
    }
    addEventListener('click', (event) => {
      if (!event.defaultPrevented) location.assign(wanted);
    }, { once: true });
    link.click();
  }

  function setDirty(form) {
    if (Boolean(form) === Boolean(dirty)) return;
    dirty = form;
    post('saveBar', { on: Boolean(form) });
  }

  const answers = {
    token: receiveToken,
    navigate,
    save: () => (dirty ?? document.querySelector(DIRTY))?.requestSubmit(),
    discard: () => (dirty ?? document.querySelector(DIRTY))?.reset(),
  };
  addEventListener('message', (event) => {
    if (event.origin !== location.origin || event.source !== frame || event.data?.demo !== 1) return;
    answers[event.data.type]?.(event.data);
  });

  const saveBar = {
    show: async () => post('saveBar', { on: true }),
    hide: async () => setDirty(null),
    leaveConfirmation: async () => {
      if (!dirty?.isConnected) return;
      const question = document.getElementById('admin-words');
      if (!window.confirm(question ? JSON.parse(question.textContent).leave : '?')) throw new Error('stay');
      setDirty(null);
    },
  };
  window.shopify = {
    ready: Promise.resolve(),
    config: {
      apiKey: document.querySelector('meta[name="shopify-api-key"]')?.content ?? '',
      shop: query.get('shop') ?? '', host: query.get('host') ?? '', locale: query.get('locale') ?? 'en',
    },
    environment: { embedded: Boolean(frame), mobile: false, pos: false },
    idToken,
    toast: {
      show: (message, options = {}) => post('toast', { message: String(message), isError: Boolean(options.isError) }),
      hide: () => {},
    },
    loading: (on) => post('loading', { on: on !== false }),
    saveBar,
  };

  async function bounce(target) {
    const address = new URL(target, location.origin);
    if (address.origin !== location.origin) throw new Error('shopify-reload leaves the app');
    const answer = await authenticatedFetch(address, { headers: { Accept: 'text/html', 'X-Shopify-Bounce': '1' } });
    const page = await answer.text();
    history.replaceState(null, '', address);
    document.open();
    document.write(page);
    document.close();
  }
  const isBounce = query.has('shopify-reload') && !query.has('id_token');
  if (isBounce && frame) bounce(query.get('shopify-reload'));

  let isReporting = false;
  function report() {
    if (isReporting) return;
    isReporting = true;
    setTimeout(() => {
      isReporting = false;
      if (dirty && !dirty.isConnected) setDirty(null);
      const links = document.querySelectorAll('s-app-nav > [href]');
      if (!links.length) return;
      const items = [...links].map((link) => ({ href: link.getAttribute('href'), label: link.textContent.trim() }));
      post('nav', { title: document.title, href: location.pathname, items });
    });
  }
  for (const method of ['pushState', 'replaceState']) {
    const native = History.prototype[method];
    history[method] = (...change) => {
      native.apply(history, change);
      report();
    };
  }
  addEventListener('popstate', report);
  document.addEventListener('DOMContentLoaded', () => {
    new MutationObserver(report).observe(document.head, { childList: true, subtree: true, characterData: true });
    report();
  });
  const formOf = (event) => event.composedPath().map((each) => each.form ?? each).find((each) => each.matches?.(DIRTY));
  for (const name of ['input', 'change']) {
    document.addEventListener(name, (event) => formOf(event) && setDirty(formOf(event)), true);
  }
  for (const name of ['submit', 'reset']) {
    document.addEventListener(name, (event) => event.target.matches?.(DIRTY) && setDirty(null), true);
  }
})();
