// Keeps the emergency summary that is open on this device, and opens it again without a connection.
// It lies encrypted under a key that only the passkey's answer gives (WebAuthn PRF, HKDF, AES-GCM).
"use strict";
{
  const ENDED = [401, 403, 404, 410];
  const byId = (name) => document.getElementById(name);
  const said = byId("keep-said");
  const page = byId("kept");
  const texts = (byId("keep") || page).dataset;
  const bytes = (text) => new TextEncoder().encode(text);
  const random = (count) => crypto.getRandomValues(new Uint8Array(count));

  const store = async (mode, work) => {
    const base = await new Promise((resolve, reject) => {
      const asked = indexedDB.open("throughcare", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    try {
      return await new Promise((resolve, reject) => {
        const done = base.transaction("kept", mode);
        const found = work(done.objectStore("kept"));
        done.oncomplete = () => resolve(found && found.result);
        done.onabort = () => reject(done.error);
      });
    } finally {
      base.close();
    }
  };

  const wipe = (why) => {
    if (page) {
      byId("copy").replaceChildren();
      byId("open").hidden = true;
      said.textContent = why;
    }
    return store("readwrite", (kept) => kept.clear());
  };

  const held = async () => {
    const copy = await store("readonly", (kept) => kept.get("copy"));
    if (copy && Date.now() >= copy.until) {
      await wipe(texts.over);
      return null;
    }
    return copy;
  };

  // What the key is bound to: who changes the end of a copy can't open it any more.
  const bound = (copy) => bytes(`${copy.at} ${copy.until}`);

  const keyOf = async (id, salt) => {
    const found = await navigator.credentials.get({
      publicKey: {
        challenge: random(32),
        allowCredentials: [{ type: "public-key", id }],
        userVerification: "required",
        extensions: { prf: { eval: { first: salt } } },
      },
    });
    const answer = found.getClientExtensionResults().prf?.results?.first;
    if (!answer) throw new Error("no prf");
    const secret = await crypto.subtle.importKey("raw", answer, "HKDF", false, ["deriveKey"]);
    const how = { name: "HKDF", hash: "SHA-256", salt, info: bytes("throughcare kept copy") };
    const kind = { name: "AES-GCM", length: 256 };
    return crypto.subtle.deriveKey(how, secret, kind, false, ["encrypt", "decrypt"]);
  };

  const passkey = async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: random(32),
        rp: { name: "Throughcare" },
        user: { id: random(16), name: "Throughcare", displayName: "Throughcare" },
        pubKeyCredParams: [-7, -257].map((alg) => ({ type: "public-key", alg })),
        authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
        extensions: { prf: {} },
      },
    });
    if (!made.getClientExtensionResults().prf?.enabled) throw new Error("no prf");
    return made.rawId;
  };

  const keep = async (form) => {
    const id = await passkey();
    const salt = random(32);
    const key = await keyOf(id, salt); // before anything is issued: the ledger has no empty line
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) throw new Error("refused");
    const { html, at, until, check } = await answer.json();
    const copy = { id, salt, iv: random(12), at, until, check };
    const how = { name: "AES-GCM", iv: copy.iv, additionalData: bound(copy) };
    copy.sealed = await crypto.subtle.encrypt(how, key, bytes(html));
    await store("readwrite", (kept) => kept.put(copy, "copy"));
    await navigator.serviceWorker.ready;
    said.textContent = texts.kept;
  };

  const offer = (form) => {
    const can = window.isSecureContext && window.PublicKeyCredential && navigator.serviceWorker;
    if (!can) return;
    navigator.serviceWorker.register("/worker.js");
    form.hidden = false;
    said.textContent = texts.may;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keep(form).catch((error) => {
        said.textContent = error.message === "no prf" ? texts.noPrf : texts.failed;
      });
    });
  };

  const open = async () => {
    const copy = await held();
    if (!copy) return;
    const key = await keyOf(copy.id, copy.salt);
    const how = { name: "AES-GCM", iv: copy.iv, additionalData: bound(copy) };
    const plain = await crypto.subtle.decrypt(how, key, copy.sealed);
    const shown = byId("copy");
    shown.innerHTML = new TextDecoder().decode(plain);
    shown.focus();
    setTimeout(() => wipe(texts.over), Math.min(copy.until - Date.now(), 2 ** 31 - 1));
  };

  // Asks the node whether the copy may still be here; without a connection nothing is known.
  const check = async () => {
    const copy = await held();
    if (!copy) return;
    const answer = await fetch(copy.check, { cache: "no-store" }).catch(() => null);
    if (answer && ENDED.includes(answer.status)) await wipe(texts.ended);
  };

  const begin = async () => {
    const copy = await held();
    if (copy) {
      said.textContent = texts.from.replace("HH:MM", copy.at);
      byId("open").hidden = false;
    } else if (!said.dataset.done) {
      said.textContent = said.textContent === texts.over ? texts.over : texts.none;
    }
    byId("open").addEventListener("click", () => {
      open().catch(() => {
        said.textContent = texts.wrong;
      });
    });
    await check();
  };

  for (const form of document.querySelectorAll("form[action='/sign-out']")) {
    form.addEventListener("submit", () => wipe(""));
  }
  addEventListener("online", check);
  if (page) begin();
  else offer(byId("keep"));
}
