"""Errors tell a person what to do and a program what happened, and neither anything internal."""

import logging
import re

import pytest

from tests.admin_ui.world import Merchants, an_admin, bearer

AS_PROGRAM = {"Authorization": "Bearer good~lotus.myshopify.com", "Accept": "application/json"}


def test_a_crash_shows_a_reference_that_the_log_has_and_nothing_internal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = an_admin().get("/app/broken", headers=bearer())
    assert answer.status_code == 500
    reference = re.search(r"Reference: ([0-9a-f]{10})", answer.text)
    assert reference is not None
    assert [vars(record)["reference"] for record in caplog.records] == [reference[1]]
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "frame-ancestors 'self' https://lotus.myshopify.com" in answer.headers["content-security-policy"]


def test_a_program_gets_problem_json() -> None:
    answer = an_admin().get("/app/missing", headers=AS_PROGRAM)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.pop("reference")
    assert problem == {
        "title": "This page does not exist",
        "status": 404,
        "detail": "It may have been moved or erased. Go back to Home.",
    }


def test_htmx_gets_a_banner_for_a_piece_and_a_page_for_a_page() -> None:
    client = an_admin()
    piece = client.get(
        "/app/missing", headers={**bearer(), "HX-Request": "true", "HX-Request-Type": "partial"}
    )
    whole = client.get("/app/missing", headers={**bearer(), "HX-Request": "true", "HX-Request-Type": "full"})
    assert piece.text.startswith('<s-banner tone="critical" heading="This page does not exist">')
    assert '<main id="main"' in whole.text


def test_an_unknown_path_is_a_page_for_a_person() -> None:
    answer = an_admin().get("/app/nowhere", headers={"Accept": "text/html", "Accept-Language": "vi"})
    assert answer.status_code == 404
    assert "Trang này không tồn tại" in answer.text


def test_a_value_that_does_not_parse_is_not_echoed() -> None:
    answer = an_admin().get("/app/count?n=lan@example.com", headers=AS_PROGRAM)
    assert answer.status_code == 422
    assert "lan@example.com" not in answer.text


def test_shopify_being_down_is_said_so_with_a_time_to_retry() -> None:
    answer = an_admin(Merchants(is_shopify_down=True)).get("/", headers=bearer())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "Shopify did not answer" in answer.text


def test_a_toast_travels_in_ascii() -> None:
    answer = an_admin().post("/app/settings", data={"sender": "Lan"}, headers=bearer())
    assert answer.headers["hx-trigger"] == '{"toast": {"message": "Saved \\u2014 \\u0111\\u00e3 l\\u01b0u"}}'
