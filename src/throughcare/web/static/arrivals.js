// Keeps the arrivals board up to date while it is open. Without this script the page offers to be
// loaded anew instead. What has the focus keeps it; a row that goes hands it to its neighbour.
"use strict";
{
  const SILENT = 25000; // ms: the node says every 10 s that it is there
  const AGAIN = 5000;
  const board = document.getElementById("board");
  const live = document.getElementById("live");
  const stop = document.createElement("a");
  stop.href = "/arrivals?watch=no";
  stop.textContent = "Stop";
  let heard = Date.now();

  const say = (text) => {
    if (live.dataset.said !== text) {
      live.dataset.said = text;
      live.replaceChildren(text, stop);
    }
  };

  const stopOf = (element) => {
    const row = element && element.closest("li[id]");
    const stops = row ? [...row.querySelectorAll("a")] : [];
    return row && { id: row.id, place: stops.indexOf(element), next: row.nextElementSibling?.id };
  };

  const focus = (was) => {
    if (!was) return;
    const row = document.getElementById(was.id) || document.getElementById(was.next);
    const stops = row ? [...row.querySelectorAll("a")] : [];
    const to = stops[was.place] || stops[0] || board.querySelector("li a") || stop;
    if (document.activeElement !== to) to.focus({ preventScroll: true });
  };

  const show = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    const was = board.contains(document.activeElement) ? stopOf(document.activeElement) : null;
    const [said, rows] = ["status", "rows"].map((name) => board.querySelector(`[data-part=${name}]`));
    const [nowSaid, nowRows] = ["status", "rows"].map((name) =>
      made.content.querySelector(`[data-part=${name}]`));
    if (said.textContent !== nowSaid.textContent) said.textContent = nowSaid.textContent;
    const old = new Map([...rows.children].map((row) => [row.id, row]));
    const kept = [...nowRows.children].map((row) => {
      const before = old.get(row.id);
      return before && before.outerHTML === row.outerHTML ? before : row;
    });
    if (kept.length !== rows.children.length || kept.some((row, n) => row !== rows.children[n])) {
      rows.replaceChildren(...kept);
    }
    focus(was);
  };

  const lost = () => setTimeout(() => location.reload(), AGAIN);
  const source = new EventSource("/arrivals/events");
  const current = () => {
    heard = Date.now();
    say("Up to date. ");
  };
  source.onmessage = (event) => {
    show(event.data);
    current();
  };
  source.addEventListener("alive", current);
  source.addEventListener("ended", () => {
    source.close();
    location.reload();
  });
  source.onerror = () => {
    say("Not up to date: trying again. ");
    if (source.readyState === EventSource.CLOSED) lost();
  };
  setInterval(() => {
    if (Date.now() - heard > SILENT) {
      say("Not up to date: trying again. ");
      source.close();
      lost();
      heard = Date.now();
    }
  }, AGAIN);
}
