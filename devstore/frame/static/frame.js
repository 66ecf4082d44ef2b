// The pretend store admin around the app. It speaks with the app by postMessage: { demo: 1, type, ... }.
const body = document.body;
const frame = document.getElementById("app");
const toast = document.getElementById("toast");
const savebar = document.getElementById("savebar");
const nav = document.getElementById("nav");
const OURS = { "X-Devstore-Frame": "1" };
const TOAST_MS = 6000;
let toastTimer = 0;
let path = decodeURI(location.pathname).slice((body.dataset.prefix + "/frame").length) || "/";

const send = (message) => frame.contentWindow.postMessage({ demo: 1, ...message }, body.dataset.appOrigin);

const say = (message, isError = false) => {
  clearTimeout(toastTimer);
  toast.textContent = message;
  toast.classList.toggle("error", isError);
  toastTimer = setTimeout(() => (toast.textContent = ""), TOAST_MS);
};

const freshToken = async () =>
  (await (await fetch(body.dataset.prefix + "/frame/token", { headers: OURS })).json()).token;

const reloadApp = async () => {
  const query = body.dataset.query + "&id_token=" + encodeURIComponent(await freshToken());
  frame.contentWindow.location.replace(body.dataset.appUrl + path + "?" + query);
};

const showNav = ({ title, href, items }) => {
  document.title = title || document.title;
  path = href;
  history.replaceState(null, "", body.dataset.prefix + "/frame" + (href === "/" ? "" : href));
  nav.replaceChildren(
    ...items.map((item) => {
      const entry = document.createElement("li");
      const link = document.createElement("a");
      link.href = body.dataset.prefix + "/frame" + item.href;
      link.textContent = item.label;
      if (item.href === href || (item.href !== "/" && href.startsWith(item.href + "/"))) link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        send({ type: "navigate", href: item.href });
      });
      entry.append(link);
      return entry;
    }),
  );
};

addEventListener("message", async (event) => {
  if (event.origin !== body.dataset.appOrigin || event.source !== frame.contentWindow || !event.data?.demo) return;
  const message = event.data;
  if (message.type === "token") send({ type: "token", id: message.id, token: await freshToken() });
  if (message.type === "toast") say(message.message, message.isError);
  if (message.type === "saveBar") savebar.hidden = !message.on;
  if (message.type === "loading") document.getElementById("loading").hidden = !message.on;
  if (message.type === "nav") showNav(message);
});

document.getElementById("save").addEventListener("click", () => send({ type: "save" }));
document.getElementById("discard").addEventListener("click", () => send({ type: "discard" }));

for (const button of document.querySelectorAll("[data-action]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await fetch(body.dataset.prefix + "/frame/actions/" + button.dataset.action, { method: "POST", headers: OURS });
      const told = await answer.json();
      say(told.message, !answer.ok);
      if (told.now) document.getElementById("now").textContent = told.now;
      if (answer.ok) await reloadApp();
    } finally {
      button.disabled = false;
    }
  });
}

document.getElementById("language")?.addEventListener("change", async (event) => {
  await fetch(body.dataset.prefix + "/frame/actions/language", { method: "POST", headers: OURS, body: event.target.value });
  location.reload();
});

// Only now may the app load: a message it posts before somebody listens would be lost.
frame.src = frame.dataset.src;
