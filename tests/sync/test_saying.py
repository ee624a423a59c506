"""What a plan says before anything is written."""

from __future__ import annotations

from pathlib import Path

from tests.sync.company import Company

from syncline.sync.planfile import document, lines

CREATE = {"from": "a", "to": "b", "type": "Task", "title": "[from {key}] {title}"}


def previewed(folder: Path, **block: object) -> Company:
    here = Company(
        folder, f"sqlite:///{folder / 's.db'}", block={"mode": "preview", "create": [CREATE], **block}
    )
    here.put("a", 1)
    return here


def test_a_create_is_shown_with_the_title_that_it_will_have(tmp_path: Path) -> None:
    here = previewed(tmp_path, pair=[{"a": "K", "b": "K"}])
    outcome = here.sync().outcome
    assert outcome is not None
    plan = outcome.plans["all"]
    assert "  create in b:K “[from A-1] issue 1” for A-1 of a" in list(lines(plan))
    (made,) = document([plan], {"all": ""})["blocks"][0]["creates"]
    assert made["title"] == "[from A-1] issue 1"


def test_one_that_stands_in_no_container_is_not_said_to_stand_in_none(tmp_path: Path) -> None:
    here = previewed(tmp_path, mode="on", pair=[{"a": "K", "b": "K"}])
    here.put("a", 1, container=None)
    here.sync()
    reason = "no pair or route names a container of b for what stands in no container"
    assert here.held() == [("create b", "blocked", reason)]
