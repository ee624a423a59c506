"""What ``doctor`` says of statuses and fields."""

from __future__ import annotations

from tests.cli.conftest import Place

from syncline.config import ConnectionConfig
from syncline.connector import Description, FieldInfo
from syncline.model import Status, StatusCategory
from syncline.seams import SystemClock
from syncline.store.rates import FileRates, rates_beside
from syncline_cli.checkup import field_problems, unmapped_statuses

IN_REVIEW = Status(name="In Review", id="4", category=StatusCategory.IN_PROGRESS)
ODD = Status(name="Simmering", id="5")


def connection(**keys: object) -> ConnectionConfig:
    return ConnectionConfig.model_validate({"connector": "jira", **keys})


def test_a_status_without_a_map_is_told_with_how_it_is_read() -> None:
    described = {"ENG": Description("1", statuses=(IN_REVIEW, ODD)), "WEB": Description("2", statuses=(ODD,))}
    assert unmapped_statuses(connection(), described) == [
        'status "In Review" (ENG) is not in the map; it is read as "in_progress", '
        'by its name it may be: "In Review" = "in_progress/review"',
        'status "Simmering" (ENG, WEB) is not in the map; it is read as "todo"',
    ]


def test_a_status_is_mapped_by_the_connection_or_by_one_container() -> None:
    described = {"ENG": Description("1", statuses=(ODD,)), "WEB": Description("2", statuses=(ODD,))}
    own = connection(containers={"WEB": {"status": {"Simmering": "waiting"}}})
    assert unmapped_statuses(own, described) == [
        'status "Simmering" (ENG) is not in the map; it is read as "todo"'
    ]
    assert unmapped_statuses(connection(status={"simmering": "waiting"}), described) == []


def test_a_field_is_found_by_id_or_by_its_only_name() -> None:
    fields = (
        FieldInfo("f1", "Severity", "option"),
        FieldInfo("f2", "Reach", "number"),
        FieldInfo("f3", "reach", "number"),
    )
    described = {"ENG": Description("1", fields=fields)}
    good = connection(fields={"severity": "severity", "reach": "f3"})
    assert field_problems(good, described) == []
    twice = connection(fields={"reach": "Reach"})
    assert field_problems(twice, described) == ['field "Reach" for reach fits several: f2, f3; write the id']
    absent = connection(fields={"severity": "Severty"})
    assert field_problems(absent, described) == [
        'field "Severty" for severity was not found; similar: Severity'
    ]


def test_looking_takes_its_permits_from_where_runs_take_theirs(place: Place) -> None:
    assert place.run("pull").code == 0
    with FileRates(rates_beside(place.folder / "syncline.db"), SystemClock()) as rates:
        rates.block(f"jira:{place.url}/default", 600)
    ran = place.run("doctor", "--json")
    assert ran.code == 4
    (told,) = ran.document["connections"]["jira"]["problems"]
    assert "was not sent" in told
