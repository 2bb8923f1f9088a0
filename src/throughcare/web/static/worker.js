// Shows the page of the kept copy where the node can't be reached. It caches that page, its style
// sheet and its script, without the session of whoever is signed in, and nothing else ever.
"use strict";
const FILES = ["/kept"];
const CACHE = `throughcare ${FILES.join(" ")}`;

const fill = async () => {
  const cache = await caches.open(CACHE);
  for (const path of FILES) {
    const answer = await fetch(path, { credentials: "omit", cache: "no-store" });
    if (!answer.ok) throw new Error(`${path} can't be had`);
    await cache.put(path, answer);
  }
};

const tidy = async () => {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await self.clients.claim();
};

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const path = new URL(url).pathname;
  const ours = FILES.includes(path) && path !== "/kept";
  if (method !== "GET" || (mode !== "navigate" && !ours)) return;
  const kept = async () => (await caches.match(ours ? path : "/kept")) || Response.error();
  event.respondWith(fetch(event.request).catch(kept));
});
