/* Client-side routing: a link of the app is one fetch (App Bridge adds the token) that replaces #main.
   Polaris elements dispatch composed clicks from their shadow roots, so one listener sees them all. */
(() => {
  'use strict';
  const LINKS = 'a[href], s-link[href], s-button[href], s-clickable[href]';
  const SPENT = ['id_token', 'hmac', 'session', 'timestamp', 'bounced'];
  const CARRIED = ['shop', 'host']; // a reload without them could not tell whose admin may frame it
  const words = () => JSON.parse(document.getElementById('admin-words').textContent);

  const clean = new URL(location.href);
  SPENT.forEach((name) => clean.searchParams.delete(name));
  if (clean.href !== location.href) history.replaceState(history.state, '', clean);

  function carried(path) {
    const next = new URL(path, location.href);
    const here = new URLSearchParams(location.search);
    for (const name of CARRIED) {
      if (here.has(name) && !next.searchParams.has(name)) next.searchParams.set(name, here.get(name));
    }
    SPENT.forEach((name) => next.searchParams.delete(name));
    return next.pathname + next.search + next.hash;
  }

  function linkOf(event) {
    const isPlain = !event.defaultPrevented && !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!isPlain) return null;
    const link = event.composedPath().find((at) => at instanceof Element && at.getRootNode() === document && at.matches(LINKS));
    if (!link || link.hasAttribute('download')) return null;
    const target = link.getAttribute('target') ?? '';
    return ['', 'auto', '_self'].includes(target) ? link : null;
  }

  function routeOf(link) {
    const address = new URL(link.getAttribute('href'), location.href);
    const isPage = address.pathname === '/' || address.pathname.startsWith('/app/');
    const isJump = address.hash && address.pathname === location.pathname && address.search === location.search;
    return address.origin === location.origin && isPage && !isJump ? address.pathname + address.search : null;
  }

  async function go(path) {
    try {
      await globalThis.shopify?.saveBar?.leaveConfirmation?.();
    } catch {
      return; // the merchant stays with the unsaved form
    }
    globalThis.shopify?.loading?.(true);
    try {
      await htmx.ajax('GET', carried(path), { source: 's-app-nav', target: '#main', select: '#main', swap: 'outerHTML', push: 'true' });
    } finally {
      globalThis.shopify?.loading?.(false);
    }
  }

  document.addEventListener('click', (event) => {
    const link = linkOf(event);
    const path = link && routeOf(link);
    if (!path) return;
    event.preventDefault();
    go(path);
  });

  document.addEventListener('htmx:before:history:update', (event) => {
    event.detail.history.path = carried(event.detail.history.path);
  });

  document.addEventListener('htmx:after:swap', (event) => {
    if (event.detail.ctx.target?.id !== 'main') return;
    const main = document.getElementById('main');
    main?.focus({ preventScroll: true });
    if (event.detail.ctx.push) scrollTo(0, 0);
  });

  const say = (text) => { document.getElementById('trouble').textContent = text; };
  document.addEventListener('htmx:before:request', () => say(''));
  document.addEventListener('htmx:error', () => say(words().offline));
  document.addEventListener('toast', (event) => globalThis.shopify?.toast?.show(event.detail.message));
})();
