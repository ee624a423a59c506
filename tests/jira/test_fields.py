"""Which custom field means what, by schema, by name, by configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.lab import Wire, pull, records
from tests.jira.payloads import CATALOGUE, FLOAT, GREENHOPPER, doc

from syncline.config.connection import FieldCopy
from syncline.errors import ConfigError, ProtocolError
from syncline.sim.app import SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira
from syncline_connectors.jira.fields import (
    CompanyField,
    Field,
    field_map,
    from_memo,
    parse_catalogue,
    plain,
    to_memo,
)
from syncline_connectors.jira.simulator import CustomField, JiraSimulator
from syncline_connectors.jira.translate import company_value

Connect = Callable[..., Jira]


def named(**names: str) -> dict[str, FieldCopy]:
    return {name: FieldCopy(field=field) for name, field in names.items()}


class TestMeaning:
    def test_j30_by_schema_first_then_by_english_name(self) -> None:
        found = field_map(CATALOGUE, {})
        assert found.sprint == ("customfield_1",)
        assert found.epic == ("customfield_2", "customfield_8")
        assert found.flagged == ("customfield_5",)
        assert found.start_on == ("customfield_6",)

    def test_j30_story_points_differ_by_the_kind_of_project(self) -> None:
        assert field_map(CATALOGUE, {}).estimate == ("customfield_3", "customfield_4")

    def test_j30_two_fields_named_story_points_are_not_guessed_between(self) -> None:
        again = (*CATALOGUE, Field("customfield_99", "Story points", "number", FLOAT))
        assert field_map(again, {}).estimate == ("customfield_4",)
        twice = (*again, Field("customfield_98", "SPE", "number", GREENHOPPER + "jsw-story-points"))
        assert field_map(twice, {}).estimate == ()

    def test_the_configured_estimate_stands_alone(self) -> None:
        assert field_map(CATALOGUE, named(estimate="Story point estimate")).estimate == ("customfield_4",)
        assert field_map(CATALOGUE, named(start_on="Start date")).company == {}

    @pytest.mark.parametrize("wanted", ["customfield_7", "Severity", "severity", "SEVERITY"])
    def test_a_field_is_named_by_id_or_by_name(self, wanted: str) -> None:
        assert field_map(CATALOGUE, named(severity=wanted)).company["severity"].id == "customfield_7"

    def test_the_exact_spelling_goes_before_another_case(self) -> None:
        both = (Field("customfield_1", "Impact"), Field("customfield_2", "impact"))
        assert field_map(both, named(impact="impact")).company["impact"].id == "customfield_2"

    def test_a_name_that_fits_two_lists_both(self) -> None:
        with pytest.raises(
            ConfigError, match=r"eng\.fields\.team.*customfield_9 \(Teams\), customfield_10 \(Teams\)"
        ):
            field_map(CATALOGUE, named(team="Teams"), "eng")

    def test_an_unknown_name_lists_near_ones(self) -> None:
        with pytest.raises(ConfigError, match=r"no field 'Severty'.*'Severity' \(customfield_7\)"):
            field_map(CATALOGUE, named(severity="Severty"))
        with pytest.raises(ConfigError, match="doctor lists"):
            field_map(CATALOGUE, named(severity="zzzz"))


class TestCatalogue:
    def test_fields_without_a_schema_exist(self) -> None:
        answer = [{"id": "issuekey", "name": "Key"}, {"id": "x", "name": None, "schema": None}]
        assert parse_catalogue(answer) == (Field("issuekey", "Key"), Field("x", "x"))

    @pytest.mark.parametrize("answer", [{}, [5], [{"name": "x"}], [{"id": "a", "schema": 5}], "x"])
    def test_nonsense_is_refused(self, answer: Any) -> None:
        with pytest.raises(ValueError, match="field"):
            parse_catalogue(answer)

    @given(st.lists(st.tuples(*[st.text(min_size=1, max_size=8)] * 4)))
    def test_it_survives_the_memo(self, rows: list[tuple[str, str, str, str]]) -> None:
        catalogue = tuple(Field(*row) for row in rows)
        assert from_memo(to_memo(catalogue)) == (catalogue or None)

    @pytest.mark.parametrize("memo", [None, "", "nonsense", "{}", "5", '[["a"]]', "[5]"])
    def test_a_memo_that_cannot_be_read_is_none(self, memo: str | None) -> None:
        assert from_memo(memo) is None


class TestValues:
    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (None, None),
            (5, 5),
            ("x", "x"),
            ({"id": "1", "value": "High"}, "High"),
            ({"id": "1", "value": "EU", "child": {"value": "DE"}}, "EU / DE"),
            ([{"value": "a"}, {"value": "b"}], ["a", "b"]),
            ({"accountId": "a", "displayName": "Mia"}, "Mia"),
            ({"id": "t", "name": "Team A"}, "Team A"),
            (doc("text"), "text"),
            ({"odd": 1}, {"odd": 1}),
        ],
    )
    def test_values_read_as_people_see_them(self, value: Any, found: Any) -> None:
        assert plain(value) == found

    def test_choices_are_told_in_the_companys_words(self) -> None:
        severity = field_map(
            CATALOGUE, {"severity": FieldCopy(field="Severity", values={"s1": ("Critical", "Blocker")})}
        ).company["severity"]
        assert company_value(severity, {"value": "CRITICAL"}) == "s1"
        assert company_value(severity, [{"value": "Blocker"}, {"value": "Odd"}]) == ["s1", "Odd"]
        assert company_value(severity, []) is None
        assert company_value(CompanyField("x"), 5) == 5


class TestThroughTheConnector:
    def test_company_fields_are_read_with_the_issue(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        reach = site.add_field("Reach", "number")
        severity = site.add_field("Severity", "select", ["1 - Critical", "2 - Major"])
        values = {
            reach.id: 1200,
            severity.id: "1 - Critical",
            CustomField.STORY_POINTS: 8,
            CustomField.FLAGGED: True,
        }
        site.create_issue(project, "one", fields=values)
        fields = {"reach": reach.id, "severity": {"field": "Severity", "values": {"s1": "1 - Critical"}}}
        (found,) = records(pull(connect(fields=fields))).values()
        assert found.fields == {"reach": 1200, "severity": "s1"}
        assert (found.estimate, found.flagged) == (8, True)

    def test_a_wrong_name_stops_the_check_and_the_probe(self, connect: Connect) -> None:
        with pytest.raises(ConfigError, match="no field 'Story Pints'"):
            connect(fields={"estimate": "Story Pints"}).check()
        memo = dict(connect().check().memo)
        with pytest.raises(ConfigError, match="no field 'Story Pints'"):
            connect(memo, fields={"estimate": "Story Pints"}).probe()

    def test_a_field_made_since_the_last_run_is_found(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        memo = dict(connect().check().memo)
        reach = site.add_field("Reach", "number")
        wire.sent.clear()
        jira = connect(memo, fields={"reach": "Reach"})
        jira.probe()
        assert [path.rpartition("/")[2] for path in wire.paths()] == ["myself", "field"]
        assert f'"{reach.id}"' in jira.check().memo["fields"]

    def test_fields_are_asked_for_again_after_a_day(
        self, connect: Connect, wire: Wire, clock: SimClock
    ) -> None:
        memo = dict(connect().check().memo)
        for hours, asked in ((23, 0), (2, 1)):
            clock.advance(hours * 3600)
            wire.sent.clear()
            connect(memo).check()
            assert sum(path.endswith("/field") for path in wire.paths()) == asked

    def test_a_catalogue_that_makes_no_sense_is_a_protocol_error(self, connect: Connect, wire: Wire) -> None:
        nonsense = SimResponse.of_json({"not": "a list"})
        wire.before = lambda request: nonsense if request.path.endswith("/field") else None
        with pytest.raises(ProtocolError, match="field"):
            connect().check()
