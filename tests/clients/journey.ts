// The main journey with openapi-fetch and the types that openapi-typescript generates from the running gateway's
// document, type-checked by `tsc --strict`. Environment: URL, TOKEN, SSN.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { env: Record<string, string | undefined> };

type ApiError = components["schemas"]["ServiceOrGatewayError"];

const { URL: baseUrl = "", TOKEN: token = "", SSN: ssn = "" } = process.env;
const UNKNOWN = "cus_00000000000000000000000000";
const authorized = (bearer: string) => createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${bearer}` } });
const client = authorized(token);

const expect = (isTrue: boolean, message: string): void => {
  if (!isTrue) throw new Error(message);
};

// The code of a service's problem, or the gateway's message.
const reason = (error: ApiError | undefined): string => (error === undefined ? "" : "code" in error ? error.code : error.message);

const present = <Body>({ data, error }: { data?: Body; error?: unknown }): Body => {
  if (data === undefined) throw new Error(`no data: ${JSON.stringify(error)}`);
  return data;
};

const change = async (path: { customer_id: string }, etag: string): Promise<void> => {
  const read = present(await client.GET("/v1/customers/{customer_id}", { params: { path } }));
  expect(read.family_name === null, "a customer without family name");
  const request = { params: { path, header: { "If-Match": etag } }, body: { family_name: "Lovelace" } };
  const patched = present(await client.PATCH("/v1/customers/{customer_id}", request));
  expect(patched.family_name === "Lovelace" && patched.version === 2, "a changed customer");
  const { error } = await client.PATCH("/v1/customers/{customer_id}", request);
  expect(reason(error) === "precondition_failed", "a stale ETag");
};

const score = async (path: { customer_id: string }): Promise<void> => {
  const scored_at = new Date().toISOString();
  const body = { bureau: "experian", model: "fico", model_version: "8", score: 742, scored_at } as const;
  present(await client.POST("/v1/credit/{customer_id}/scores", { params: { path }, body }));
  const params = { path, query: { purpose: "account_review" } } as const;
  expect(present(await client.GET("/v1/credit/{customer_id}/score", { params })).score === 742, "the score");
};

const number = async (path: { customer_id: string }): Promise<void> => {
  present(await client.PUT("/v1/ssn/{customer_id}", { params: { path }, body: { ssn } }));
  const { masked } = present(await client.GET("/v1/ssn/{customer_id}", { params: { path } }));
  expect(masked === `***-**-${ssn.slice(-4)}`, "the masked number");
  const consent = {
    consent_id: `consent-of-${path.customer_id}`,
    given_at: new Date().toISOString(),
    purpose: "account_review",
    method: "electronic",
  } as const;
  const verified = await client.POST("/v1/ssn/{customer_id}/verify", { params: { path }, body: { ssn, consent } });
  expect(present(verified).match, "a verified number");
};

const profile = async (path: { customer_id: string }): Promise<void> => {
  const params = { path, query: { purpose: "account_review" } };
  const found = present(await client.GET("/v1/profiles/{customer_id}", { params }));
  const statuses = [found.customer, found.credit, found.ssn].map((part) => part.status);
  expect(statuses.every((status) => status === "ok"), `a whole profile: ${statuses.join()}`);
};

const errors = async (): Promise<void> => {
  const params = { path: { customer_id: UNKNOWN } };
  const unknown = await client.GET("/v1/customers/{customer_id}", { params });
  expect(unknown.response.status === 404 && reason(unknown.error) === "customer_not_found", "an unknown customer");
  const refused = await authorized("none").GET("/v1/customers/{customer_id}", { params });
  expect(refused.response.status === 401 && reason(refused.error) === "Unauthorized", "a request without token");
};

const details = { given_name: "Ada", email: `client-${Date.now()}@example.com` };
const created = await client.POST("/v1/customers", { body: details });
const path = { customer_id: present(created).id };
try {
  await change(path, created.response.headers.get("ETag") ?? "");
  await score(path);
  await number(path);
  await profile(path);
} finally {
  await client.DELETE("/v1/customers/{customer_id}", { params: { path, header: { "If-Match": "*" } } });
}
const erased = await client.GET("/v1/customers/{customer_id}", { params: { path } });
expect(reason(erased.error) === "customer_erased", "an erased customer");
await errors();
console.log("done");
