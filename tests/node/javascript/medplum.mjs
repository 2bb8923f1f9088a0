// @medplum/core against the node at argv[2], with the token argv[3].
import assert from "node:assert/strict";

// Node 20 has no WebSocket, which the library names when it is loaded; none is opened here.
globalThis.WebSocket ??= class extends EventTarget {};
const { MedplumClient } = await import("@medplum/core");

const base = new URL(process.argv[2]);
const client = new MedplumClient({
  baseUrl: base.origin,
  fhirUrlPath: base.pathname,
  accessToken: process.argv[3],
  fetch,
});
client.setAccessToken(process.argv[3]);
const made = await client.createResource({
  resourceType: "Patient",
  name: [{ family: "Medplum" }],
  gender: "female",
});
const read = await client.readResource("Patient", made.id, { cache: "reload" });
assert.equal(read.name[0].family, "Medplum");
const updated = await client.updateResource({ ...read, gender: "other" });
assert.equal(updated.gender, "other");
const patched = await client.patchResource("Patient", made.id, [
  { op: "replace", path: "/gender", value: "male" },
]);
assert.equal(patched.gender, "male");
assert.equal((await client.readHistory("Patient", made.id)).entry.length, 3);
for (let number = 0; number < 3; number += 1) {
  await client.createResource({
    resourceType: "Observation",
    status: "final",
    code: { text: "Weight" },
    subject: { reference: `Patient/${made.id}` },
  });
}
let found = 0;
const pages = client.searchResourcePages("Observation", { patient: made.id, _count: 2 });
for await (const page of pages) {
  found += page.filter((each) => each.resourceType === "Observation").length;
}
assert.equal(found, 3);
const batch = await client.executeBatch({
  resourceType: "Bundle",
  type: "batch",
  entry: [{ request: { method: "GET", url: `Patient/${made.id}` } }],
});
assert.equal(batch.entry[0].resource.id, made.id);
await client.deleteResource("Patient", made.id);
await assert.rejects(client.readResource("Patient", made.id, { cache: "reload" }));
