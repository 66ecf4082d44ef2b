// The pretend store admin around the app. It speaks with the app by postMessage: { demo: 1, type, ... }.
const body = document.body;
const frame = document.getElementById("app");
const toast = document.getElementById("toast");
const savebar = document.getElementById("savebar");
const nav = document.getElementById("nav");
const said = document.getElementById("said");
const now = document.getElementById("now");
const fold = document.getElementById("fold");
const buttons = document.querySelectorAll("[data-action]");
const LANGUAGE = "?lang=" + document.documentElement.lang;
const OURS = { "X-Devstore-Frame": "1" };
const TOAST_MS = 6000;
const CLOCK_MS = 20000;
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

// What the demo bar did stays to be read until it does something else; only the app's own toasts go by themselves.
const tell = ({ message, href, label }, isError = false) => {
  const line = document.createElement("span");
  line.textContent = message;
  said.replaceChildren(line);
  said.classList.toggle("error", isError);
  if (!href) return;
  const link = document.createElement("a");
  link.href = href;
  link.textContent = label;
  said.append(" ", link);
};

const press = async (button) => {
  for (const each of buttons) each.setAttribute("aria-disabled", "true");
  tell({ message: body.dataset.working });
  try {
    const path = body.dataset.prefix + "/frame/actions/" + button.dataset.action + LANGUAGE;
    const answer = await fetch(path, { method: "POST", headers: OURS });
    const told = await answer.json();
    tell(told, !answer.ok);
    if (told.now) now.textContent = told.now;
    if (answer.ok) await reloadApp();
  } finally {
    for (const each of buttons) each.removeAttribute("aria-disabled");
  }
};

for (const button of buttons) {
  // Disabled in name only, so that the keyboard does not lose its place.
  button.addEventListener("click", () => button.hasAttribute("aria-disabled") || press(button));
}

const unfold = (isOpen) => {
  fold.setAttribute("aria-expanded", String(isOpen));
  document.getElementById("buttons").classList.toggle("folded", !isOpen);
  sessionStorage.setItem("bar", isOpen ? "open" : "folded");
};

if (fold) {
  fold.addEventListener("click", () => unfold(fold.getAttribute("aria-expanded") !== "true"));
  unfold(sessionStorage.getItem("bar") === "open");
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(body.dataset.prefix + "/frame/clock" + LANGUAGE);
    if (answer.ok) now.textContent = (await answer.json()).now;
  }, CLOCK_MS);
}

document.getElementById("language")?.addEventListener("change", async (event) => {
  await fetch(body.dataset.prefix + "/frame/actions/language", { method: "POST", headers: OURS, body: event.target.value });
  // The address may name a language itself, and would win over the choice.
  location.replace(location.pathname);
});

// Only now may the app load: a message it posts before somebody listens would be lost.
frame.src = frame.dataset.src;
