// fhirclient.js against the node at argv[2], with the token argv[3].
import assert from "node:assert/strict";
import smart from "fhirclient";

const serverUrl = process.argv[2];
const client = smart({}, {}).client({
  serverUrl,
  tokenResponse: { access_token: process.argv[3] },
});
const made = await client.create({
  resourceType: "Patient",
  name: [{ family: "Smart" }],
  gender: "female",
});
const url = `Patient/${made.id}`;
assert.equal((await client.request(url)).name[0].family, "Smart");
assert.equal((await client.update({ ...made, gender: "other" })).gender, "other");
const patch = [{ op: "replace", path: "/gender", value: "male" }];
assert.equal((await client.patch(url, patch)).gender, "male");
for (let number = 0; number < 3; number += 1) {
  await client.create({
    resourceType: "Observation",
    status: "final",
    code: { text: "Weight" },
    subject: { reference: url },
  });
}
const listed = await client.request(`Observation?patient=${made.id}&_count=2`, {
  pageLimit: 0,
  flat: true,
  resolveReferences: ["subject"],
});
const weights = listed.filter((each) => each.resourceType === "Observation");
assert.equal(weights.length, 3);
assert.equal(weights[0].subject.name[0].family, "Smart");
await client.delete(url);
await assert.rejects(client.request(url));
