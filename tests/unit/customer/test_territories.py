"""Country and state codes, against the iso-codes database that pycountry carries."""

import pycountry

from functions.customer.territories import COUNTRIES, US_STATES


def test_countries_are_those_of_iso_3166_1() -> None:
    assert {country.alpha_2 for country in pycountry.countries} == COUNTRIES


def test_states_are_those_of_iso_3166_2_and_what_the_usps_adds() -> None:
    subdivisions = [subdivision.code for subdivision in pycountry.subdivisions if subdivision.country_code == "US"]
    iso = {code.removeprefix("US-") for code in subdivisions}
    # USPS Publication 28, appendix B: the freely associated states, which are countries of their own in ISO 3166,
    # and the armed forces (Americas, Europe, Pacific), which are no territory.
    assert US_STATES - iso == {"FM", "MH", "PW", "AA", "AE", "AP"}
    assert iso <= US_STATES


def test_there_are_50_states_one_district_and_six_territories() -> None:
    assert len(US_STATES) == 50 + 1 + 6 + 3 + 3
