"""The Profile Service returns a customer's details, credit score and masked social security number together.

It sends the caller's own token to the other services, so a profile contains only what the caller may read.
"""

from chalice.app import Response

from functions.profile.errors import CustomerNotFound
from functions.profile.models import Profile, ProfileQuery
from functions.profile.parts import SOURCES, get_profiles
from functions.shared.plain import log
from functions.shared.plain.ids import CUSTOMER_ID
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_health, add_openapi

# Services check the caller's token and record its actor themselves.
CALLERS_HEADERS = ("authorization", "dossier-actor", "traceparent")

app = Service("profile")
# The health of the other services is not part of it: each has its own, and a failure is a part's status.
add_health(app, get_profiles)
add_openapi(app, __file__)


@app.endpoint(
    "GET",
    "/v1/profiles/{customer_id}",
    scope="profiles/read",
    answers={200: Profile},
    descriptions={200: "The profile, even if parts of it failed", 404: "The id is not that of a customer"},
    problems=(CustomerNotFound,),
    headers=("Dossier-Actor",),
)
def read_profile(customer_id: str, query: ProfileQuery) -> Response:
    """Read a customer's profile.

    Requests all parts at the same time, with the caller's token and `Dossier-Actor`. Responds after four seconds at the
    latest. A part that failed has a status with the reason, and the response is still 200. Reading the score records a
    soft inquiry with `purpose`.

    Scope: `profiles/read`. The parts also need `customers/read`, `credit/read` and `ssn/read`. A part whose scope is
    missing is `forbidden`.
    """
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise CustomerNotFound
    profile = get_profiles().read(customer_id, query.purpose, callers_headers())
    log.add(parts={name: getattr(profile, name).status for name in SOURCES})
    return reply(profile)


def callers_headers() -> dict[str, str]:
    """Return the caller's headers that each service receives.

    Raises:
        MalformedHeader: Dossier-Actor is not valid.
    """
    _ = app.caller  # Validates Dossier-Actor once, instead of in each part.
    sent = app.request.headers
    return {name: sent[name] for name in CALLERS_HEADERS if name in sent and sent[name].isascii()}


handler = app.handler(warm=get_profiles)
