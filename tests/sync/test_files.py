"""Files cross as links to them: never the bytes, once, and not back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sync.company import Company

from syncline.config.syncs import unbuilt
from syncline.model import Attachment

Make = Callable[..., Company]


def linked(make: Make, rule: Any = None, **options: Any) -> Company:
    fields = {"title": {}, "attachments": {"as": "link"} if rule is None else rule}
    here = make(**({"fields": fields} | options))
    for name in here.names:
        here.put(name, 1)
    here.sync()
    return here


def attach(here: Company, name: str, number: int, size: int | None = 17) -> str:
    """Somebody adds a file, or with no size a link."""
    remote_id = f"{name}-file-{number}"
    url = f"https://{name}.example/files/{number}"
    here.tools[name].put(
        Attachment(remote_id=remote_id, title=f"plan {number}.pdf", url=url, subject=f"{name}1", size=size)
    )
    here.tools[name].touch(f"{name}1")
    return remote_id


def links(here: Company, name: str) -> list[tuple[str, str]]:
    """What stands there as a link of ours."""
    return sorted(
        (one["title"], one["url"]) for one in here.tools[name].backlinks.get(f"{name}1", {}).values()
    )


def quiet(here: Company) -> None:
    for _ in range(3):
        here.sync()
    written = here.writes
    here.sync()
    assert here.writes == written


def test_a_file_is_shown_by_a_link_once_and_not_back(company: Make) -> None:
    here = linked(company)
    attach(here, "a", 1)
    quiet(here)
    assert links(here, "b") == [("plan 1.pdf", "https://a.example/files/1")]
    assert links(here, "a") == []
    assert not here.tools["b"].files, "never the file"


def test_a_link_that_somebody_put_is_no_file(company: Make) -> None:
    here = linked(company)
    attach(here, "a", 1, size=None)
    quiet(here)
    assert links(here, "b") == []


def test_the_link_goes_with_the_file(company: Make) -> None:
    here = linked(company)
    attach(here, "a", 1)
    attach(here, "a", 2)
    quiet(here)
    here.tools["a"].delete("a-file-1")
    quiet(here)
    assert links(here, "b") == [("plan 2.pdf", "https://a.example/files/2")]


def test_one_way_is_one_way_and_three_tools_see_it(company: Make) -> None:
    here = linked(company, {"from": "a"}, names=("a", "b", "c"))
    attach(here, "a", 1)
    attach(here, "b", 1)
    quiet(here)
    assert len(links(here, "b")) == len(links(here, "c")) == 1
    assert links(here, "a") == []


def test_the_files_themselves_are_not_copied_yet(company: Make) -> None:
    here = company(fields={"attachments": {"as": "copy"}})
    assert [problem.text for problem in unbuilt(here.config())] == ["not built yet"]
