"""The scenes of ``demo`` in which tools are kept in agreement: people work in them, and ``sync`` runs.

What people do is done to the simulated vendors, what must then be so is looked up there: not in our database.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from syncline_cli.stage import MADE_BY, Stage

if TYPE_CHECKING:
    from syncline_connectors.demo import Demo

KEYBOARD, NOTE = "Make the page usable by keyboard", "Remember the delivery note"
"""Two stories that stand in Jira and Linear."""
WANTED = "Show the points in the basket"
"""What product people want engineers to have, too."""
LATER = "Warn when points run out"
"""What they want while a run is killed."""
BLOCK = "delivery"


class Pair:
    """A story in both tools, by its first title, as people there see it."""

    def __init__(self, demo: Demo, title: str) -> None:
        self.jira = next(i for i in demo.sites.jira.issues.values() if i.fields["summary"] == title)
        self.linear = next(i for i in demo.sites.linear.issues.values() if i.title == title)

    @property
    def titles(self) -> tuple[str, str]:
        """In Jira and in Linear."""
        return self.jira.fields["summary"], self.linear.title

    @property
    def priorities(self) -> tuple[str, int]:
        return self.jira.fields["priority"].name, self.linear.priority

    def show(self, stage: Stage, when: str) -> None:
        said, number = self.priorities
        urgency = ("No priority", "Urgent", "High", "Medium", "Low")[number]
        stage.tell(f"   {when:<7} {self.jira.key}: {self.titles[0]} | {said}")
        stage.tell(f"   {'':<7} {self.linear.identifier}: {self.titles[1]} | {urgency}")


def written(demo: Demo) -> tuple[int, ...]:
    """Numbers that move with everything that is written at a vendor."""
    sites = demo.sites
    return sites.jira.changes, sites.linear.sync_id, sites.trello.changes, len(sites.zendesk.ledger.requests)


def preview(stage: Stage, demo: Demo) -> None:
    """A new block only plans; and where nothing changed, nothing is stored."""
    stage.begin("A sync only previews until told otherwise")
    before, vendors = stage.content(), written(demo)
    result = stage.run("sync", "delivery", "drawings")
    stage.claim("nothing was written at any vendor", written(demo) == vendors and not result["operations"])
    changes = sum(
        feed[word]
        for feeds in result["connections"].values()
        for feed in feeds.values()
        for word in ("created", "updated", "removed")
    )
    same = changes == 0 and stage.content() == before
    stage.claim("nothing had changed, and the database says what it said, byte for byte", same)
    counts = {plan["block"]: plan["counts"] for plan in stage.run("plan")["blocks"]}
    for name, one in counts.items():
        stage.tell(f"   {name}: {one['links']} links, {one['creates']} to make, {one['updates']} to change")
    links = expected_links(demo)
    found = {name: one["links"] for name, one in counts.items()}
    stage.claim(f"all {sum(links.values())} records that belong to another were found", found == links)
    makes = {name: one["creates"] for name, one in counts.items()}
    stage.claim(
        "one record is wanted in Jira by product people, one by support",
        makes == {"delivery": 1, "drawings": 0, "escalations": 1},
    )


def expected_links(demo: Demo) -> dict[str, int]:
    """By block, how many records point at their other side, as the story says."""
    return {
        "delivery": sum(need.mirrors is not None for need in demo.plot.roadmap.needs),
        "drawings": sum(card.need is not None for card in demo.plot.cards),
        "escalations": sum(ask.about is not None for ask in demo.plot.asks),
    }


def switched_on(stage: Stage, demo: Demo) -> None:
    """The blocks may write: what differs is made equal, what is missing is made."""
    from syncline_connectors.demo import configuration
    from syncline_connectors.demo.answers import works

    stage.begin("Switched on, linked work agrees and is counted once")
    mails = len(demo.sites.zendesk.sent_to_customers)
    stage.configure("syncline", MADE_BY + configuration.whole(demo, "on"))
    result = stage.run("sync")
    stage.tell(f"   {len(result['operations'])} writes")
    stage.claim("everything was done, nothing waits", result["exit_code"] == 0)
    mirrored = [need for need in demo.plot.roadmap.needs if need.mirrors]
    titles = {i.key: i.fields["summary"] for i in demo.sites.jira.issues.values()}
    named = {i.identifier: i.title for i in demo.sites.linear.issues.values()}
    agree = all(named[need.key] == titles[need.mirrors or ""] for need in mirrored)
    stage.claim(f"{len(mirrored)} stories have one title in Linear and Jira", agree)
    made = [i for i in demo.sites.jira.issues.values() if i.fields["summary"] == WANTED]
    labels = [label for issue in made for label in issue.fields["labels"]]
    stage.claim(f"“{WANTED}” was made in Jira, once", len(made) == 1 and labels == ["from-linear"])
    bugs = [i for i in demo.sites.jira.issues.values() if i.fields["summary"].startswith("[ZD ")]
    stage.claim("so was a bug for the ticket that support escalated", len(bugs) == 1)
    stage.claim("no customer was told anything", len(demo.sites.zendesk.sent_to_customers) == mails)
    items = stage.number("SELECT count(*) FROM items WHERE kind = 'Issue' AND level >= 0")
    records = stage.number("SELECT count(*) FROM records WHERE kind = 'Issue' AND level >= 0")
    wanted = len(works(demo.plot)) + len(bugs)
    stage.claim(f"{records} records are {wanted} pieces of work", items == wanted)


def both_sides(stage: Stage, demo: Demo) -> None:
    """Engineers and product people edit the same stories before anything runs."""
    stage.begin("Both sides edit: different fields agree, one field waits for a person")
    calm, torn = Pair(demo, KEYBOARD), Pair(demo, NOTE)
    jira, linear = demo.sites.jira, demo.sites.linear
    engineer = next(iter(jira.users.values()))
    manager = next(iter(linear.users.values()))
    for pair in (calm, torn):
        pair.show(stage, "before")
    jira.edit(calm.jira, {"summary": f"{KEYBOARD} alone"}, by=engineer)
    linear.edit(calm.linear, priority=1, by=manager)
    jira.edit(torn.jira, {"summary": f"{NOTE} for a year"}, by=engineer)
    linear.edit(torn.linear, title=f"{NOTE}s of each shop", priority=2, by=manager)
    result = stage.run("sync", BLOCK)
    for pair in (calm, torn):
        pair.show(stage, "after")
    both = calm.titles == (f"{KEYBOARD} alone",) * 2 and calm.priorities == ("Highest", 1)
    stage.claim("the title from Jira and the priority from Linear are on both sides", both)
    kept = torn.titles == (f"{NOTE} for a year", f"{NOTE}s of each shop")
    stage.claim("where both changed the title, both keep their own", kept)
    stage.claim(
        "only that field waits: the priority of the same story agrees", torn.priorities == ("High", 2)
    )
    waiting = [(one["block"], one["field"]) for one in result["conflicts"]]
    stage.claim("one conflict is in the inbox, and the run says so (exit code 3)",
                waiting == [(BLOCK, "title")] and result["exit_code"] == 3)  # fmt: skip
    stage.run("resolve", torn.jira.key, "title", "--take", "product")
    after = stage.run("sync", BLOCK)
    torn.show(stage, "decided")
    decided = torn.titles == (f"{NOTE}s of each shop",) * 2 and after["exit_code"] == 0
    stage.claim("after `resolve` the title of Linear is on both sides", decided and not after["conflicts"])


def killed_while_making(stage: Stage, demo: Demo) -> None:
    """A run dies after the vendor made a record and before we heard of it."""
    stage.begin("kill -9 while a record is being made leaves one record, not two")
    linear, jira = demo.sites.linear, demo.sites.jira
    manager = next(iter(linear.users.values()))
    team = next(iter(linear.teams.values()))
    label = next(one for one in linear.labels.values() if one.name == "needs-eng")
    need = linear.create_issue(team, LATER, by=manager, state="Todo", labels=[label])

    def made() -> list[str]:
        return [i.key for i in jira.issues.values() if i.fields["summary"] == LATER]

    code = stage.kill_at("operation.sent", "sync", BLOCK, config="syncline")
    stage.claim("the run was killed by SIGKILL", code == -signal.SIGKILL)
    orphans = made()
    known = stage.names(_NAMED_LATER).values()
    stage.claim("Jira has the record, our database does not", len(orphans) == 1 and "eng" not in known)
    result = stage.run("sync", BLOCK)
    stage.claim(
        "the next run finds it by its marker: there is one", made() == orphans and result["exit_code"] == 0
    )
    stage.claim(
        f"{need.identifier} and {' '.join(made())} are one piece of work",
        sorted(stage.names(_NAMED_LATER).values()) == ["eng", "product"]
        and len(set(stage.names(_ITEM_LATER).values())) == 1,
    )


_NAMED_LATER = f"SELECT ref, connection FROM records WHERE kind = 'Issue' AND title = '{LATER}'"  # noqa: S608
_ITEM_LATER = f"SELECT ref, item FROM records WHERE kind = 'Issue' AND title = '{LATER}'"  # noqa: S608


def quiet(stage: Stage, demo: Demo) -> None:
    """Everything agrees: a run from cron does nothing."""
    stage.begin("A run with nothing to do does nothing")
    vendors = written(demo)
    result = stage.run("sync")
    stage.claim("no operation, no conflict", not result["operations"] and result["exit_code"] == 0)
    stage.claim("nothing was written at any vendor", written(demo) == vendors)


def explained(stage: Stage, demo: Demo) -> None:
    """Why a field holds what it holds."""
    stage.begin("Every value can say where it is from")
    key = next(i.key for i in demo.sites.jira.issues.values() if i.fields["summary"] == f"{KEYBOARD} alone")
    answer = stage.run("explain", key, "title")
    for row in answer["story"]:
        stage.tell(f"   {row['connection']} {row['key']} {row['what']} by {row['who']}")
    told = [row for row in answer["story"] if f"{KEYBOARD} alone" in str(row["after"])]
    engineer = next(iter(demo.sites.jira.users.values())).name
    changed = [(row["connection"], row["who"]) for row in told if row["what"] == "changed"]
    stage.claim(f"{engineer} wrote it in Jira", ("eng", engineer) in changed)
    ours = [row for row in told if row["who"] == "syncline"]
    stage.claim(
        "we wrote it in Linear, why, and in which run",
        [(row["connection"], row["why"]) for row in ours] == [("product", "changed in eng")]
        and all(row["run"] for row in ours),
    )
    shown = {one["value"] for one in answer["shown"]}
    stage.claim("both show it", shown == {f"{KEYBOARD} alone"} and len(answer["shown"]) == 2)
