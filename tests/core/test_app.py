"""The wiring: it starts, its home page answers, an unknown page and a foreign post are refused."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_home_page_answers(client: FlaskClient) -> None:
    """A visitor gets the first page."""
    assert client.get("/").status_code == 200


def test_unknown_page_is_404(client: FlaskClient) -> None:
    """What is not there says so."""
    assert client.get("/no-such-page").status_code == 404


def test_a_program_reads_a_sentence_where_nothing_is(client: FlaskClient) -> None:
    unknown, wrong = client.get("/api/nothing"), client.put("/api/search")

    assert (unknown.status_code, wrong.status_code) == (404, 405)
    assert unknown.get_json()["message"] == "There is nothing at this address. The page /api lists what there is."
    assert wrong.get_json() == {
        "error": "method_not_allowed",
        "message": "This address is not asked in this way. The page /api says how.",
        "fields": {},
    }


def test_post_from_another_site_is_refused(client: FlaskClient) -> None:
    """A form that another site sends changes nothing."""
    answer = client.post("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code in {403, 405}
