// A draft saves itself (htmx sends it); this file sees to it that leaving, a lost line or a crash loses nothing.
// What the server has not confirmed is kept in this browser until it has.
(() => {
  const form = document.getElementById("draft");
  if (!form || !form.dataset.keep) return;
  const key = `pfadfinder-draft-${location.pathname}`;
  const notContent = ["csrf_token", "before", "version", "strict", "do"];
  const words = () => {
    const all = new URLSearchParams(new FormData(form));
    notContent.forEach((name) => all.delete(name));
    return all.toString();
  };
  const version = () => document.getElementById("version").value;
  const line = document.getElementById("saved-words");
  let saved = form.dataset.keep === "wait" ? null : words();
  let sent = "";        // what is under way
  let unheard = "";     // what was sent and never answered: it may stand on the server or not
  let failed = false;
  let refused = false;  // two versions, or a state in which nothing is saved: a person has to decide
  let leaving = false;

  const isUnsaved = () => words() !== saved;
  const stored = () => JSON.parse(localStorage.getItem(key) || "null");
  function keep() {
    try {
      if (isUnsaved()) localStorage.setItem(key, JSON.stringify({ version: version(), words: words() }));
      else localStorage.removeItem(key);
    } catch { /* no room or not allowed: saving by the server goes on */ }
  }

  let soon;
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, () => { clearTimeout(soon); soon = setTimeout(keep, 150); });
  }

  // A request may have waited for the one before: it takes the words and the version of this moment.
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement !== form) return;
    if (leaving || refused || !isUnsaved()) { event.preventDefault(); return; }
    const body = new URLSearchParams(new FormData(form));
    body.set("before", unheard);
    ctx.request.body = body;
    sent = words();
    line.textContent = form.dataset.saving;
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement !== form) return;
    if (ctx.response.headers.has("Draft-Version")) {
      saved = sent;
      sent = unheard = "";
      failed = false;
      keep();
    } else fail(ctx.response.status);
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx.sourceElement !== form) return;
    unheard = sent || unheard;
    fail(0);
    setTimeout(() => htmx.trigger(form, "save-now"), 10000);
  });
  function fail(status) {
    sent = "";
    failed = true;
    refused = status === 409;
    keep();
    // The server says itself what is wrong with a conflict (409) or a draft that is too long (422).
    if (status !== 409 && status !== 422) line.textContent = form.dataset.failed;
  }

  document.addEventListener("htmx:after:swap", () => {
    for (const fault of form.querySelectorAll(".fault[id$='-fault']")) {
      const field = form.querySelector(`[aria-describedby~="${fault.id}"]:not(fieldset)`);
      if (field) fault.textContent.trim() ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    }
  });

  form.addEventListener("submit", () => { leaving = true; form.elements.before.value = sent || unheard; keep(); });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("pagehide", () => {
    if (leaving || !isUnsaved()) return;
    keep();
    const body = new URLSearchParams(new FormData(form));
    body.set("before", sent || unheard);
    fetch(form.action, { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } }).catch(() => {});
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && isUnsaved()) { keep(); htmx.trigger(form, "save-now"); }
  });
  addEventListener("beforeunload", (event) => { if (failed && !leaving && isUnsaved()) event.preventDefault(); });

  // What an earlier visit could not save.
  const forgiving = (text) => [...new URLSearchParams(text)]
    .map(([name, value]) => `${name}=${value.normalize("NFC").replace(/[\s,.]+/g, "")}`)
    .filter((pair) => !pair.endsWith("=")).sort().join("\n");
  function restore(left) {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.action;
    const pairs = [...new URLSearchParams(left.words), ["version", left.version], ["do", "restore"],
      ["csrf_token", form.elements.csrf_token.value]];
    for (const [name, value] of pairs) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      again.append(field);
    }
    again.hidden = true;
    document.body.append(again);
    leaving = true;
    again.submit();
  }
  if (form.dataset.keep === "forget") {
    localStorage.removeItem(key);
    const address = new URL(location.href);
    address.searchParams.delete("done");
    history.replaceState(history.state, "", address);
  } else if (form.dataset.keep === "offer") {
    const left = stored();
    if (left && left.version === version() && left.words !== words()) restore(left);
    else if (left && forgiving(left.words) !== forgiving(words())) {
      const notice = document.getElementById("unsaved");
      notice.hidden = false;
      document.getElementById("restore").addEventListener("click", () => restore(left));
      document.getElementById("discard").addEventListener("click", () => {
        localStorage.removeItem(key);
        notice.hidden = true;
        document.getElementById("content").focus();
      });
    } else localStorage.removeItem(key);
  }
})();
