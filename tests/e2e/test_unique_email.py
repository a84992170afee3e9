"""One e-mail address belongs to one customer."""

from tests.e2e.api import CUSTOMERS, Api, at_once, expect, location, problem, retried, unique_email


def test_an_address_is_taken_whatever_its_case(api: Api) -> None:
    email = unique_email()
    api.create(email=email)
    answer = api.call("POST", CUSTOMERS, json={"given_name": "Eve", "email": email.upper()})
    problem(answer, 409, "email_taken")
    assert email.upper() not in answer.text


def test_a_customer_cannot_be_given_the_address_of_another(api: Api) -> None:
    taken = api.create().json()["email"]
    other = api.create()
    problem(api.patch(location(other), other.headers["ETag"], email=taken), 409, "email_taken")
    assert api.call("GET", location(other)).json() == other.json()


def test_an_address_that_a_customer_gave_up_is_free(api: Api) -> None:
    created = api.create()
    expect(api.patch(location(created), created.headers["ETag"], email=unique_email()), 200)
    api.create(email=created.json()["email"])


def test_an_address_may_change_its_case(api: Api) -> None:
    created = api.create()
    email = created.json()["email"].replace("e2e-", "E2E-")
    patched = api.patch(location(created), created.headers["ETag"], email=email)
    expect(patched, 200)
    assert patched.json()["email"] == email


def test_of_customers_created_with_one_address_at_the_same_moment_one_comes_to_be(api: Api) -> None:
    body = {"given_name": "Ada", "email": unique_email()}
    # Start as many instances of the function as there will be writers, or the writers arrive one by one.
    at_once(20, lambda _: api.call("GET", "/health/customer"))
    answers = at_once(20, lambda _: retried(lambda: api.call("POST", CUSTOMERS, json=body)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
