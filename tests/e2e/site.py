"""The sample admin behind a real socket, inside a pretend admin frame that speaks the demo's protocol."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from tests.admin_ui.world import SHOP, token_for

FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Admin</title><link rel="icon" href="data:,"></head><body>
<nav aria-label="Admin"><ul id="nav"></ul></nav>
<p id="toast" role="status"></p><p id="loading"></p><p id="asked">0</p>
<div id="bar" hidden><button id="save">Save</button><button id="discard">Discard</button></div>
<main><iframe title="App" src="%s" style="border:0;width:100%%;height:80vh"></iframe></main>
<script>
const app = document.querySelector('iframe'), at = (id) => document.getElementById(id);
const send = (message) => app.contentWindow.postMessage({ demo: 1, ...message }, location.origin);
let token = '%s';
addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || source !== app.contentWindow || data.demo !== 1) return;
  if (data.type === 'token') { at('asked').textContent++; send({ type: 'token', id: data.id, token }); }
  if (data.type === 'toast') at('toast').textContent = data.message;
  if (data.type === 'loading') at('loading').textContent = data.on ? 'loading' : '';
  if (data.type === 'saveBar') at('bar').hidden = !data.on;
  if (data.type === 'nav') {
    document.title = data.title;
    at('nav').replaceChildren(...data.items.map(({ href, label }) => {
      const item = document.createElement('li'), link = document.createElement('a');
      link.href = href; link.textContent = label;
      if (href === data.href) link.setAttribute('aria-current', 'page');
      link.onclick = (event) => { event.preventDefault(); send({ type: 'navigate', href }); };
      item.append(link); return item;
    }));
  }
});
at('save').onclick = () => send({ type: 'save' });
at('discard').onclick = () => send({ type: 'discard' });
</script></body></html>"""


@contextmanager
def served(admin: FastAPI) -> Iterator[str]:
    """Serve `admin` with `/demo/…` as its frame; yields the origin."""
    outer = FastAPI()

    @outer.get("/demo/{path:path}")
    def frame(path: str, id_token: str = "", frame_token: str = "") -> HTMLResponse:
        first = f"/{path}?shop={SHOP}&id_token={id_token or token_for()}"
        return HTMLResponse(FRAME % (first, frame_token or token_for()))

    outer.mount("", admin)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(outer, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
