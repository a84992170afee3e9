"""The Profile Service: customer, credit score and masked social security number in one answer."""

from chalice.app import Response

from functions.profile.errors import CustomerNotFound
from functions.profile.models import Profile, ProfileQuery
from functions.profile.parts import SOURCES, get_profiles
from functions.shared import log
from functions.shared.ids import CUSTOMER_ID
from functions.shared.replies import reply
from functions.shared.service import Service

# What a service needs to know of the caller to judge for itself.
CALLERS_HEADERS = ("authorization", "dossier-actor", "traceparent")

app = Service("profile")
# Not whether the others are well: they say so themselves, and what they cannot give is a part's status.
app.add_health(get_profiles)
app.add_openapi(__file__)


@app.endpoint(
    "GET",
    "/v1/profiles/{customer_id}",
    scope="profiles/read",
    answers={200: Profile},
    problems=(CustomerNotFound,),
    headers=("Dossier-Actor",),
)
def read_profile(customer_id: str, query: ProfileQuery) -> Response:
    """Read a customer's profile; a part that cannot be had says why."""
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise CustomerNotFound
    profile = get_profiles().read(customer_id, query.purpose, callers_headers())
    log.add(parts={name: getattr(profile, name).status for name in SOURCES})
    return reply(profile)


def callers_headers() -> dict[str, str]:
    """The caller's own headers that every service is sent.

    Raises:
        MalformedHeader: Dossier-Actor is none.
    """
    _ = app.caller  # Read for its refusal: better here than in every part.
    sent = app.request.headers
    return {name: sent[name] for name in CALLERS_HEADERS if name in sent and sent[name].isascii()}


handler = app.handler(warm=get_profiles)
