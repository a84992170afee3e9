"use strict";
// Problem documents (RFC 9457), with the codes that every service here uses, and one of this service's own.

const TITLES = {
  malformed_body: [400, "The body is not JSON"],
  unauthenticated: [401, "The request carries no valid access token"],
  insufficient_scope: [403, "The access token lacks the scope of this route"],
  unknown_route: [404, "The service has no such route"],
  customer_not_found: [404, "There is no such customer"],
  note_not_found: [404, "There is no such note"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body has a media type that this route does not take"],
  invalid_request: [422, "The request does not fit the model"],
  internal_error: [500, "The service failed"],
  dependency_unavailable: [503, "Something this service depends on does not answer"],
};
const OWN = new Set(["note_not_found"]);

// The public base URL of the gateway; without one, the type is relative to the request.
const GATEWAY = (process.env.GATEWAY_URL ?? "").replace(/\/+$/, "");

/** Problem document of a request; `errors` are {pointer, message}, and never contain the rejected value. */
class Problem extends Error {
  constructor(code, { detail, errors, headers = {} } = {}) {
    super(code);
    const [status, title] = TITLES[code];
    this.status = status;
    this.headers = headers;
    // A code without a page of its own has no type (RFC 9457, section 4.2.1).
    this.members = { type: OWN.has(code) ? "about:blank" : `${GATEWAY}/docs/problems#${code}`, title, status, detail, code, errors };
  }

  /** The document; members without a value are left out. */
  document(requestId) {
    return JSON.stringify({ ...this.members, request_id: requestId });
  }
}

module.exports = { Problem };
