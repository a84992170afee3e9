"""What a customer is."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.customer.models import Customer, CustomerDetails, CustomerPage, CustomerStatus
from functions.customer.queries import CustomerQuery
from functions.customer.territories import COUNTRIES
from functions.shared.aws.items import attributes, members
from functions.shared.plain.ids import CUSTOMER_ID
from functions.shared.plain.problems import invalid
from tests.support.customers import ADA
from tests.support.texts import readable

AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
MARKER = "Zq7-rejected-Zq7"

WORDS = readable(20)
DETAILS = st.fixed_dictionaries(
    {"given_name": WORDS, "email": st.emails()},
    optional={
        "family_name": WORDS,
        "phone": st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z"),
        "date_of_birth": st.dates(date(1900, 1, 1), date(2020, 1, 1)).map(str),
        "language": st.sampled_from(["en", "de-CH-1996", "zh-Hant-TW", "sr-Latn", "x-private"]),
        "metadata": st.dictionaries(WORDS, st.just("") | readable(50), max_size=5),
        "address": st.fixed_dictionaries(
            {"line1": WORDS, "city": WORDS, "country": st.sampled_from(sorted(COUNTRIES))},
            optional={"line2": WORDS, "postal_code": WORDS.map(lambda text: text[:20])},
        ),
    },
)


def details(**members: Any) -> CustomerDetails:
    """What the service makes of a body."""
    return CustomerDetails.model_validate_json(json.dumps({**ADA, **members}), strict=True)


def refused(**members: Any) -> list[str]:
    """The pointers of the problem document that a body gets."""
    with pytest.raises(ValidationError) as refusal:
        details(**members)
    return [str(shown["pointer"]) for shown in invalid(refusal.value, "").errors]


def test_a_complete_customer_is_kept_as_it_was_sent() -> None:
    assert details().model_dump(mode="json") == ADA


def test_a_customer_needs_an_email_address_and_one_name() -> None:
    minimal = CustomerDetails.model_validate_json('{"family_name":"Suharto","email":"s@example.com"}', strict=True)
    assert minimal.model_dump(exclude_defaults=True) == {"family_name": "Suharto", "email": "s@example.com"}
    assert refused(given_name=None, family_name=None) == ["/given_name"]
    assert refused(email=None) == ["/email"]


@pytest.mark.parametrize(
    "name",
    [
        "X",
        "O'Brien-Smith",
        "María José",
        "李小龍",
        "ابن سينا",
        "Nuñez y Domínguez",
        "👩🏽‍🚀",
        "Jr.",
        "null",
        "Robert'); DROP TABLE",
        "a" * 100,
        "é" * 100,
    ],
)
def test_names_are_whatever_people_are_called(name: str) -> None:
    assert details(given_name=name).given_name == name


@pytest.mark.parametrize(
    ("sent", "kept"), [("  Ada ", "Ada"), ("Zoe\u0308", "Zoë"), ("\u00a0Ada\u3000", "Ada"), ("Ada\n", "Ada")]
)
def test_names_are_trimmed_and_composed_and_nothing_more(sent: str, kept: str) -> None:
    assert details(given_name=sent).given_name == kept


@pytest.mark.parametrize("name", ["", " ", "\n", "a" * 101, "a\x00b", "a\nb", "\x7f", "a\u0085b", 5, True, ["Ada"], {}])
def test_what_cannot_be_a_name_is_refused(name: Any) -> None:
    assert refused(given_name=name) == ["/given_name"]
    assert refused(family_name=name) == ["/family_name"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.L+x@EXAMPLE.com", "Ada.L+x@example.com"),
        ("zo\u0065\u0308@example.com", "zoë@example.com"),
        ("a@b\u00fccher.example.com", "a@bücher.example.com"),
        ("a@xn--bcher-kva.example.com", "a@bücher.example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_an_email_address_keeps_its_local_part_and_its_domain_is_normalised(sent: str, kept: str) -> None:
    assert details(email=sent).email == kept


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "a@b@example.com",
        "ada@localhost",
        "ada@example..com",
        ".ada@example.com",
        "ada @example.com",
        " ada@example.com",
        "ada@example.com\n",
        "Ada <ada@example.com>",
        "ada@[192.0.2.1]",
        "ada@example.com, eve@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + ".".join(["b" * 60] * 5) + ".com",
        5,
        ["ada@example.com"],
    ],
)
def test_what_is_no_email_address_is_refused(address: Any) -> None:
    assert refused(email=address) == ["/email"]


@pytest.mark.parametrize("phone", ["+1234567", "+14155550123", "+442071838750", "+999999999999999"])
def test_phones_are_e164(phone: str) -> None:
    assert details(phone=phone).phone == phone


@pytest.mark.parametrize(
    "phone",
    [
        "",
        "+",
        "4155550123",
        "+04155550123",
        "+123456",
        "+1234567890123456",
        "+1 415 555 0123",
        "+1-415",
        "+14155550123\n",
        "+1415555O123",
        "+\uff11\uff14155550123",
        14155550123,
    ],
)
def test_what_is_no_e164_number_is_refused(phone: Any) -> None:
    assert refused(phone=phone) == ["/phone"]


@pytest.mark.parametrize("day", ["1900-01-01", "2000-02-29", str(datetime.now(UTC).date() - timedelta(days=1))])
def test_a_date_of_birth_lies_between_1900_and_today(day: str) -> None:
    assert details(date_of_birth=day).model_dump(mode="json")["date_of_birth"] == day


@pytest.mark.parametrize(
    "day",
    [
        "1899-12-31",
        str(datetime.now(UTC).date() + timedelta(days=2)),
        "9999-12-31",
        "2001-02-29",
        "2000-13-01",
        "2000-1-1",
        "20000101",
        "2000-W01-1",
        "01/02/2000",
        "2000-01-01T00:00:00",
        "2000-01-01 ",
        "\uff12000-01-01",
        "",
        0,
        946684800,
        946684800.5,
        True,
    ],
)
def test_what_is_no_date_of_birth_is_refused(day: Any) -> None:
    assert refused(date_of_birth=day) == ["/date_of_birth"]


@pytest.mark.parametrize(
    "tag",
    [
        # Well-formed examples of RFC 5646, appendix A.
        "de",
        "zh-Hant",
        "zh-cmn-Hans-CN",
        "cmn-Hans-CN",
        "zh-yue-HK",
        "sr-Latn-RS",
        "sl-rozaj-biske",
        "de-CH-1901",
        "hy-Latn-IT-arevela",
        "es-419",
        "de-CH-x-phonebk",
        "az-Arab-x-AZE-derbend",
        "en-US-u-islamcal",
        "zh-CN-a-myext-x-private",
        "en-a-myext-b-another",
        "qaa-Qaaa-QM-x-southern",
    ],
)
def test_languages_are_tags_of_bcp_47(tag: str) -> None:
    assert details(language=tag).language == tag


@pytest.mark.parametrize(
    "tag",
    # RFC 5646, appendix A: two region tags, a single-character primary subtag; and what is no tag at all.
    ["de-419-DE", "a-DE", "", "e", "en_US", "en-", "-en", "en--US", "en US", "en\n", "é", "en-" + "a" * 33, 5],
)
def test_what_is_no_language_tag_is_refused(tag: Any) -> None:
    assert refused(language=tag) == ["/language"]


def test_a_private_language_tag_is_well_formed() -> None:
    # RFC 5646, section 2.1: langtag / privateuse / grandfathered; the example is of appendix A.
    assert details(language="x-whatever").language == "x-whatever"


def test_metadata_holds_50_short_texts() -> None:
    most = {f"{number:0>40}": "v" * 500 for number in range(50)}
    assert details(metadata=most).metadata == most
    assert details(metadata={}).metadata == {}
    assert details(metadata={"note": " kept\n\tas it is "}).metadata == {"note": " kept\n\tas it is "}


@pytest.mark.parametrize(
    ("metadata", "pointer"),
    [
        ({str(number): "" for number in range(51)}, "/metadata"),
        ({"key": "v" * 501}, "/metadata/key"),
        ({"key": 5}, "/metadata/key"),
        ({"key": None}, "/metadata/key"),
        ({"key": {"nested": "v"}}, "/metadata/key"),
        ({"key": "\x00"}, "/metadata/key"),
        ({"key": "\x1b[2J"}, "/metadata/key"),
        ({"a/b": 5}, "/metadata/a~1b"),
        (["key"], "/metadata"),
        (None, "/metadata"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(metadata: Any, pointer: str) -> None:
    assert refused(metadata=metadata) == [pointer]


@pytest.mark.parametrize("key", ["", " ", "k" * 41, "a\nb"])
def test_a_metadata_key_that_does_not_fit_is_pointed_at(key: str) -> None:
    assert refused(metadata={key: "v"}) == [f"/metadata/{key}"]


@pytest.mark.parametrize("metadata", [{"a": "1", " a": "2"}, {"\u00e9": "1", "e\u0301": "2"}])
def test_two_metadata_keys_that_would_become_one_are_refused(metadata: dict[str, str]) -> None:
    # Trimming and composing them would drop a value without a word.
    assert refused(metadata=metadata) == ["/metadata"]


@pytest.mark.parametrize("country", ["us", "USA", "XX", "UK", "EU", "", " US", "840", 840])
def test_a_country_is_a_code_of_iso_3166_1(country: Any) -> None:
    assert refused(address={"line1": "1 Way", "city": "Town", "country": country}) == ["/address/country"]


@pytest.mark.parametrize("region", ["CA", "PR", "DC", "AE", None])
def test_in_the_us_a_region_is_a_usps_code(region: str | None) -> None:
    address = details(address={**ADA["address"], "region": region}).address
    assert address is not None
    assert address.region == region


@pytest.mark.parametrize("region", ["California", "ca", "XX", "ON"])
def test_in_the_us_another_region_is_refused(region: str) -> None:
    assert refused(address={**ADA["address"], "region": region}) == ["/address/region"]


def test_elsewhere_a_region_is_what_it_is_called() -> None:
    address = details(address={"line1": "1 Way", "city": "Toronto", "region": "Ontario", "country": "CA"}).address
    assert address is not None
    assert address.region == "Ontario"


@pytest.mark.parametrize(
    ("members", "pointers"),
    [
        ({"line1": None}, ["/address/line1"]),
        ({"line1": "a" * 201}, ["/address/line1"]),
        ({"line2": ""}, ["/address/line2"]),
        ({"city": " "}, ["/address/city"]),
        ({"city": "a" * 101}, ["/address/city"]),
        ({"postal_code": "1" * 21}, ["/address/postal_code"]),
        ({"planet": "Earth"}, ["/address/planet"]),
        ({"line1": 1, "city": 2}, ["/address/line1", "/address/city"]),
    ],
)
def test_an_address_that_does_not_fit_is_refused(members: dict[str, Any], pointers: list[str]) -> None:
    assert refused(address={**ADA["address"], **members}) == pointers


@pytest.mark.parametrize("member", ["id", "status", "version", "created_at", "updated_at", "listing", "pk", "surprise"])
def test_what_a_client_may_not_say_is_refused(member: str) -> None:
    assert refused(**{member: "1"}) == [f"/{member}"]


def test_a_new_customer_is_active_in_version_1() -> None:
    customer = Customer.create(details(), AT)
    assert CUSTOMER_ID.fullmatch(customer.id)
    assert json.loads(customer.model_dump_json()) == {
        "id": customer.id,
        **ADA,
        "status": "active",
        "created_at": "2026-11-22T15:30:00.000Z",
        "updated_at": "2026-11-22T15:30:00.000Z",
        "version": 1,
    }


def test_a_customers_id_comes_first() -> None:
    assert Customer.create(details(), AT).model_dump_json().startswith('{"id":"cus_')


def test_the_next_version_keeps_who_it_is_and_when_it_began() -> None:
    first = Customer.create(details(), AT)
    second = first.changed(details(given_name="Augusta", phone=None, metadata={}), AT + timedelta(hours=1))
    assert second.given_name == "Augusta"
    assert (second.phone, second.metadata) == (None, {})
    assert (second.id, second.created_at, second.status) == (first.id, first.created_at, CustomerStatus.ACTIVE)
    assert (second.version, second.updated_at) == (2, AT + timedelta(hours=1))
    assert first.given_name == "Ada"


@given(DETAILS)
def test_an_accepted_customer_survives_json_and_dynamodb(body: dict[str, Any]) -> None:
    assume(accepted(body))
    customer = Customer.create(CustomerDetails.model_validate_json(json.dumps(body), strict=True), AT)
    assert Customer.model_validate_json(customer.model_dump_json()) == customer
    stored = Customer.model_validate(members(attributes(customer)))
    assert stored == customer
    assert stored.model_dump_json() == customer.model_dump_json()


@given(DETAILS)
def test_what_was_read_may_be_sent_again_unchanged(body: dict[str, Any]) -> None:
    assume(accepted(body))
    once = CustomerDetails.model_validate_json(json.dumps(body), strict=True)
    assert CustomerDetails.model_validate_json(once.model_dump_json(exclude_none=True), strict=True) == once


def accepted(body: Any) -> bool:
    """Whether a body fits."""
    try:
        CustomerDetails.model_validate_json(json.dumps(body), strict=True)
    except ValidationError:
        return False
    return True


MARKED = st.recursive(
    st.sampled_from([MARKER, f"{MARKER}@example.com", f"+{MARKER}", None, 10**20, -0.5, False]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["line1", "x"]), inner, max_size=2),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*CustomerDetails.model_fields, "surprise"], MARKED)) | MARKED)
def test_a_rejected_value_is_never_sent_back(body: Any) -> None:
    assume(not accepted(body))
    with pytest.raises(ValidationError) as refusal:
        CustomerDetails.model_validate_json(json.dumps(body), strict=True)
    document = invalid(refusal.value, "").document("request-1")
    assert MARKER not in document
    assert str(10**20) not in document


def test_a_query_asks_for_20_unless_it_says_how_many() -> None:
    assert CustomerQuery.model_validate({}).limit == 20


@pytest.mark.parametrize("limit", ["1", "20", "100"])
def test_a_page_has_one_to_a_hundred_customers(limit: str) -> None:
    assert CustomerQuery.model_validate({"limit": limit}).limit == int(limit)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1e1", "1.5", "", "x", "0x10", "٣", "999999999999999999999"])
def test_another_limit_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError):
        CustomerQuery.model_validate({"limit": limit})


def test_a_page_links_to_the_next_and_the_last_to_none() -> None:
    query = CustomerQuery.model_validate({"limit": 5, "created_after": "2026-11-22T15:30:00Z"})
    following = "<?created_after=2026-11-22T15%3A30%3A00Z&limit=5&cursor=abc.def>"
    assert CustomerPage(items=[], next_cursor="abc.def").link(query) == {"Link": f'{following}; rel="next"'}
    assert CustomerPage(items=[], next_cursor=None).link(query) == {}
