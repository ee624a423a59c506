"""Which account is whose: by what the list says, else by e-mail, never by a guess."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.people import Account, Resolution, Roster, read, resolve

SITES = {"eng": "jira-1", "product": "linear-1", "design": "trello"}


def account(remote_id: str, connection: str = "eng", **values: object) -> Account:
    return Account(SITES[connection], remote_id, connection, **values)  # type: ignore[arg-type]


def resolved(text: str, *accounts: Account) -> Resolution:
    return resolve(read("people.csv", text, SITES), accounts, SITES)


def owners(found: Resolution) -> dict[str, str]:
    """By remote id the person, over all sites."""
    return {remote_id: name for people in found.known.values() for remote_id, name in people.items()}


ADA = account("5b10", name="Ada Example", key="ada", email="Ada@acme.example")
ADA_L = account("u-1", "product", name="ada e.", email="ada@acme.example")
BEN = account("5b11", name="Ben Example", key="ben")


@pytest.mark.parametrize("word", ["5b10", "ada", "ADA", "ada@ACME.example", "ada  example", "Ada Example"])
def test_an_account_is_found_by_whatever_names_it(word: str) -> None:
    found = resolved(f"person,eng\nA,{word}\n", ADA, BEN)
    assert owners(found) == {"5b10": "A"}
    assert found.mistakes == ()


def test_where_the_row_says_nothing_the_email_does() -> None:
    found = resolved("person,email\nA,ADA@acme.example\n", ADA, ADA_L, BEN)
    assert owners(found) == {"5b10": "A", "u-1": "A"}
    assert {by for _, by in found.people[0].accounts} == {"email"}
    assert found.unknown == (BEN,)


def test_what_the_row_says_goes_before_the_email() -> None:
    found = resolved("person,email,eng\nA,ada@acme.example,ben\n", ADA, ADA_L, BEN)
    assert owners(found) == {"5b11": "A", "u-1": "A"}
    assert found.unknown == (ADA,)


def test_a_dash_says_that_there_is_no_account() -> None:
    found = resolved("person,email,eng\nA,ada@acme.example,-\n", ADA, ADA_L)
    assert owners(found) == {"u-1": "A"}


def test_several_accounts_in_one_tool() -> None:
    old = account("5b12", name="Ada (old)", active=False)
    found = resolved("person,eng\nA,ada; Ada (old)\n", ADA, old)
    assert owners(found) == {"5b10": "A", "5b12": "A"}
    assert found.people[0].account("jira-1") == ADA, "the active one is written"
    assert found.people[0].account("trello") is None


def test_an_id_wins_over_a_name() -> None:
    odd = account("x1", name="5b10", key="5b10")
    assert owners(resolved("person,eng\nA,5b10\n", ADA, odd)) == {"5b10": "A"}


# ---- what must be corrected ------------------------------------------------------------------------------------


SAMS = "Sam Example (s1), Sam Example (s2)"
MISTAKES = [
    ("A,,Sam Example\n", 2, f'eng: "Sam Example" fits several accounts: {SAMS}; write the id of one'),
    ("A,,beni\n", 2, 'eng: no account is called "beni"; similar: Ben Example (5b11)'),
    ("A,,zzz\n", 2, 'eng: no account is called "zzz"'),
    (
        "A,,ada\nB,,5b10\n",
        3,
        'eng: Ada Example (5b10) is claimed by "A" (line 2) and "B" (line 3); it counts as nobody\'s',
    ),
    (
        "A,x@acme.example,\nB,X@acme.example,\n",
        3,
        'the e-mail of "B" stands in line 2, too; no account is found by it',
    ),
    ("A,,ada\n#\na,,ben\n", 4, '"a" stands in line 2, too; write one row for a person'),
    (",,ada\n", 2, "names no person; it is not read"),
    ("A,,ada,,x\n", 2, "has 5 cells, the header has 3; it is not read"),
]


@pytest.mark.parametrize(("rows", "line", "says"), MISTAKES)
def test_mistakes_are_told_with_their_line(rows: str, line: int, says: str) -> None:
    sams = [account("s1", name="Sam Example"), account("s2", name="Sam Example")]
    found = resolved(f"person,email,eng\n{rows}", ADA, BEN, *sams)
    (mistake,) = found.mistakes
    assert (mistake.line, mistake.text) == (line, says)


def test_a_disputed_account_is_nobodys_and_not_unknown() -> None:
    found = resolved("person,eng\nA,ada\nB,5b10\n", ADA)
    assert (owners(found), found.unknown) == ({}, ())


def test_a_shared_email_finds_nobody() -> None:
    found = resolved("person,email\nA,ada@acme.example\nB,ada@acme.example\n", ADA)
    assert (owners(found), found.unknown) == ({}, (ADA,))


def test_the_others_count_when_one_row_is_wrong() -> None:
    found = resolved("person,eng\nA,nobody\nB,ben\n", ADA, BEN)
    assert owners(found) == {"5b11": "B"}


# ---- who is listed as unknown ----------------------------------------------------------------------------------


def test_those_with_work_come_first_and_who_needs_no_row_is_left_out() -> None:
    busy = account("b", open_items=3, active=False)
    bot = account("c", type="app")
    working_bot = account("d", type="app", open_items=1)
    gone = account("e", active=False)
    found = resolved("person\n#\n", BEN, bot, gone, working_bot, busy)
    assert found.unknown == (busy, working_bot, BEN)


# ---- properties --------------------------------------------------------------------------------------------------

IDS = st.text("abc123", min_size=1, max_size=3)
WORDS = st.none() | st.sampled_from(["ada", "ben", "Ada Example", "a@x.example", "b@x.example", "-", "5b1"])
ACCOUNT = st.builds(
    lambda connection, **values: account(connection=connection, **values),
    connection=st.sampled_from(list(SITES)),
    remote_id=IDS,
    key=WORDS,
    name=WORDS,
    email=WORDS,
    active=st.booleans(),
    open_items=st.integers(0, 2),
)
ACCOUNTS = st.lists(ACCOUNT, max_size=8, unique_by=lambda one: one.identity)
CELL = st.one_of(WORDS.map(lambda word: word or ""), IDS, st.tuples(IDS, IDS).map("; ".join))
ROWS = st.lists(st.tuples(st.sampled_from(["A", "B", "C", ""]), CELL, CELL, CELL), max_size=5)


SOME = settings(max_examples=60)


def roster(rows: list[tuple[str, str, str, str]]) -> Roster:
    lines = ["person,email,eng,product", *(",".join(row) for row in rows)]
    return read("people.csv", "\n".join(lines) + "\n", SITES)


@SOME
@given(ROWS, ACCOUNTS)
def test_an_account_is_one_persons_at_most_and_none_is_lost(
    rows: list[tuple[str, str, str, str]], accounts: list[Account]
) -> None:
    found = resolve(roster(rows), accounts, SITES)
    linked = [one.identity for person in found.people for one, _ in person.accounts]
    assert len(linked) == len(set(linked))
    unknown = {one.identity for one in found.unknown}
    assert not unknown & set(linked)
    disputed = sum("claimed by" in mistake.text for mistake in found.mistakes)
    wanted = [one for one in accounts if one.wanted]
    assert len(unknown | set(linked)) + disputed >= len(wanted)


@SOME
@given(ROWS, ACCOUNTS, st.integers())
def test_the_order_in_which_tools_are_read_does_not_matter(
    rows: list[tuple[str, str, str, str]], accounts: list[Account], seed: int
) -> None:
    shuffled = random.Random(seed).sample(accounts, len(accounts))
    assert resolve(roster(rows), shuffled, SITES) == resolve(roster(rows), accounts, SITES)


@SOME
@given(ROWS, ACCOUNTS, ACCOUNT)
def test_another_account_takes_nobodys_id_away(
    rows: list[tuple[str, str, str, str]], accounts: list[Account], more: Account
) -> None:
    """What was found by a remote id stays found, whoever joins the company."""
    if more.identity in {one.identity for one in accounts}:
        return
    before = resolve(roster(rows), accounts, SITES)
    after = resolve(roster(rows), [*accounts, more], SITES)
    cells = {person.line: person for person in after.people}
    for person in before.people:
        entry = next(one for one in roster(rows).entries if one.line == person.line)
        for one, _ in person.accounts:
            if entry.cells.get(one.connection) == one.remote_id:
                assert one.identity in {kept.identity for kept, _ in cells[person.line].accounts}
