// Opens a SMART Health Link in the browser: the key never leaves it. Without this script the form
// sends the link to the node, which opens its own links alone.
"use strict";

const SCHEME = "shlink:/";
const XHTML = "http://www.w3.org/1999/xhtml";
const KEPT = new Set([
  "b", "br", "caption", "div", "em", "h3", "h4", "h5", "i", "li", "ol", "p", "span", "strong",
  "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
]);
const DROPPED = new Set(["script", "style", "template", "iframe", "object", "svg", "math"]);
const form = document.getElementById("viewer");
const shown = document.getElementById("shown");
const words = form.dataset;

class Refusal extends Error {}

function bytes(text) {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

function payload(text) {
  const at = text.lastIndexOf(SCHEME);
  if (at < 0) throw new Refusal(words.noLink);
  try {
    const body = new TextDecoder().decode(bytes(text.slice(at + SCHEME.length).trim()));
    const found = JSON.parse(body);
    if (typeof found.url !== "string" || bytes(found.key).length !== 32) throw new Error("key");
    return found;
  } catch {
    throw new Refusal(words.noLink);
  }
}

async function answer(address, options) {
  let found;
  try {
    found = await fetch(address, { ...options, credentials: "omit", referrerPolicy: "no-referrer" });
  } catch {
    throw new Refusal(words.unreachable);
  }
  if (found.ok) return found;
  if (found.status === 401) {
    const said = await found.json().catch(() => ({}));
    throw new Refusal(`${words.passcode} (${Number(said.remainingAttempts)})`);
  }
  throw new Refusal(words.closed);
}

async function opened(key, compact) {
  const [head, , nonce, body, tag] = compact.trim().split(".");
  const header = JSON.parse(new TextDecoder().decode(bytes(head)));
  if (header.alg !== "dir" || header.enc !== "A256GCM") throw new Refusal(words.unreadable);
  const secret = await crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["decrypt"]);
  const sealed = new Uint8Array([...bytes(body), ...bytes(tag)]);
  const how = { name: "AES-GCM", iv: bytes(nonce), additionalData: new TextEncoder().encode(head) };
  const plain = await crypto.subtle.decrypt(how, secret, sealed);
  if (header.zip !== "DEF") return new TextDecoder().decode(plain);
  const stream = new Blob([plain]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

async function files(link, recipient, passcode) {
  if ((link.flag ?? "").includes("U")) {
    const address = new URL(link.url);
    address.searchParams.set("recipient", recipient);
    return [await opened(link.key, await (await answer(address, {})).text())];
  }
  const body = JSON.stringify(passcode ? { recipient, passcode } : { recipient });
  const headers = { "content-type": "application/json" };
  const manifest = await (await answer(link.url, { method: "POST", headers, body })).json();
  const found = [];
  for (const file of manifest.files ?? []) {
    if (!String(file.contentType).startsWith("application/fhir+json")) continue;
    const sealed = file.embedded ?? (await (await answer(file.location, {})).text());
    found.push(await opened(link.key, sealed));
  }
  return found;
}

function element(name, text, style) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (style) made.className = style;
  return made;
}

// A narrative may come from anywhere: what is shown of it are plain elements without attributes.
function copied(node, into) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) into.append(child.data);
    if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.has(child.localName)) continue;
    const known = child.namespaceURI === XHTML && KEPT.has(child.localName);
    const part = known ? document.createElement(child.localName) : into;
    if (known) into.append(part);
    copied(child, part);
  }
}

function narrative(text) {
  const part = element("div", "", "tc-narrative");
  if (text?.div) copied(new DOMParser().parseFromString(text.div, "text/html").body, part);
  return part;
}

function named(patient) {
  const name = patient?.name?.[0] ?? {};
  const parts = [(name.family ?? "").toUpperCase(), (name.given ?? []).join(" ")];
  const text = parts.filter(Boolean).join(", ") || name.text || "";
  return patient?.birthDate ? `${text}. ${words.born} ${patient.birthDate}` : text;
}

function section(title, text) {
  const part = element("section", "", "tc-card");
  part.append(element("h2", title, "tc-card__title"), narrative(text));
  return part;
}

function show(link, texts) {
  const parts = [];
  for (const text of texts) {
    const resource = JSON.parse(text);
    const all = resource.entry?.map((each) => each.resource) ?? [resource];
    const patient = all.find((each) => each?.resourceType === "Patient");
    if (patient) parts.push(element("h1", named(patient), "tc-banner__name"));
    const composition = all.find((each) => each?.resourceType === "Composition");
    if (composition) {
      for (const each of composition.section ?? []) parts.push(section(each.title, each.text));
    } else {
      for (const each of all) {
        const title = each?.code?.text ?? each?.vaccineCode?.text ?? each?.resourceType;
        if (each && each !== patient) parts.push(section(title, each.text));
      }
    }
  }
  if (!parts.length) throw new Refusal(words.unreadable);
  const from = new URL(link.url).host;
  const label = element("p", `${words.from} ${from}. ${link.label ?? ""}`, "tc-said");
  shown.replaceChildren(label, ...parts);
  form.hidden = true;
  document.getElementById("about").hidden = true;
  shown.focus();
}

function said(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  place.hidden = !text;
}

function read(text) {
  const link = payload(text);
  const over = link.exp && link.exp * 1000 < Date.now();
  const place = document.getElementById("passcode-part");
  place.hidden = !(link.flag ?? "").includes("P");
  said(over ? words.over : "");
  document.getElementById("label").textContent = link.label ?? "";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    said("");
    const link = payload(form.elements.link.value);
    if ((link.v ?? 1) > 1) throw new Refusal(words.newer);
    const recipient = form.elements.recipient.value.trim();
    if (!recipient) throw new Refusal(words.name);
    show(link, await files(link, recipient, form.elements.passcode.value));
  } catch (error) {
    said(error instanceof Refusal ? error.message : words.unreadable);
  }
});
form.elements.link.addEventListener("change", () => {
  try {
    read(form.elements.link.value);
  } catch (error) {
    said(error.message);
  }
});

if (location.hash.includes(SCHEME)) {
  form.elements.link.value = location.hash.slice(1);
  document.getElementById("link-part").hidden = true;
  history.replaceState(null, "", location.pathname);
  form.elements.link.dispatchEvent(new Event("change"));
}
