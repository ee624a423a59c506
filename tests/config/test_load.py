"""The file as a whole: what is accepted, and what is said about what is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from syncline.config import Config, InvalidConfig, load
from syncline.config.loading import parse
from syncline.errors import ConfigError
from syncline.model import Refinement, StatusCategory
from syncline.registry import Registry

Read = Callable[[str], Config]

ENG = """
[connections.eng]
connector = "tracker"
url = "https://acme.example/"
token = "env:TRACKER_TOKEN"
"""


def contract() -> Path:
    root = Path(__file__).parents[2]
    path = Path(os.environ.get("SYNCLINE_SHARED", root.parent / "shared")) / "design" / "syncline.toml"
    if not path.exists():
        pytest.skip(f"the contract {path} is not here")
    return path


def lines(read: Read, text: str, tmp_path: Path) -> list[str]:
    with pytest.raises(InvalidConfig) as caught:
        read(text)
    told = str(caught.value).splitlines()
    prefix = f"{tmp_path / 'syncline.toml'}: "
    assert all(line.startswith(prefix) for line in told)
    return [line.removeprefix(prefix) for line in told]


def test_every_section_of_the_contract_is_understood(registry: Registry) -> None:
    path = contract()
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    config, problems = parse(document, path.parent, registry)
    assert problems == []
    assert config is not None
    assert set(config.connections) == {"eng", "product", "design", "support", "usage", "files"}
    assert [sync.name for sync in config.sync] == ["delivery", "escalations"]
    delivery, escalations = config.sync
    assert delivery.create[0].when is not None
    assert delivery.create[0].when.not_ is not None
    assert delivery.create[0].when.not_.labels == ("discovery",)
    assert delivery.fields["labels"].except_ == ("from-linear", "needs-eng")
    assert delivery.pair[1]["eng"] == ("WEB", "ENG")
    assert escalations.create[0].route[0].when is not None
    assert escalations.create[0].route[0].when.__pydantic_extra__ == {"product_area": ("web",)}
    assert escalations.create[0].body == path.parent / "templates/escalation.md"
    assert config.roadmap is not None
    assert config.roadmap.horizon is not None
    assert config.roadmap.horizon.next == timedelta(weeks=13)
    assert config.objective[0].key_result[0].target == 40
    assert config.notify is not None
    assert str(config.notify.heartbeat) == "env:HEARTBEAT_URL"
    assert config.connections["eng"].fields["severity"].values["s1"] == ("1 - Critical", "Blocker")
    store_review = config.connections["eng"].containers["MOB"].status["Store Review"]
    assert (store_review.category, store_review.refinement) == (StatusCategory.WAITING, Refinement.VENDOR)


def test_of_the_contract_only_a_file_is_missing(registry: Registry) -> None:
    path = contract()
    template = path.parent / "templates" / "escalation.md"
    with pytest.raises(InvalidConfig) as caught:
        load(path, registry)
    assert {(p.section, p.text) for p in caught.value.problems} == {
        ("[[sync]] no. 2", f"{template} cannot be read: No such file or directory"),
    }


BLOCK = """
[[sync]]
name = 'd'
link = 'same'
between = ['eng', 'web']
[sync.fields]
"""
WEB = ENG.replace("connections.eng", "connections.web")


def test_what_a_block_asks_for_and_nothing_obeys_is_refused(read: Read) -> None:
    with pytest.raises(InvalidConfig) as caught:
        read(ENG + WEB + BLOCK + "attachments = { as = 'copy' }\n")
    assert [problem.text for problem in caught.value.problems] == ["not built yet"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{ conflict = 'newest' }", "means nothing for relations"),
        ("{ prefer = ['eng'] }", "means nothing for relations"),
        ("{ only = ['block'] }", 'no relation is named "block"; did you mean "blocks"?'),
        ("'eng.status'", "name the connection alone"),
    ],
)
def test_what_a_rule_of_relations_cannot_say_is_refused(read: Read, rule: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        read(ENG + WEB + BLOCK + f"relations = {rule}\n")
    assert words in caught.value.problems[0].text


def test_relations_cross_only_between_what_is_the_same(read: Read) -> None:
    read(ENG + WEB + BLOCK + "relations = { from = 'eng', except = ['relates'] }\n")
    with pytest.raises(InvalidConfig) as caught:
        read(ENG + WEB + BLOCK.replace("same", "about") + "relations = {}\n")
    assert [problem.text for problem in caught.value.problems] == [
        "cross only between records that are the same work"
    ]


NEEDS = '"customer" needs customer_visible = true in [connections.{}], too'


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("comments = { visibility = 'customer' }", NEEDS.format("eng] or [connections.web")),
        ("comments = { from = 'eng', visibility = 'customer' }", NEEDS.format("web")),
        ("status = { to = 'web', visibility = 'customer' }", NEEDS.format("web")),
        (
            "title = { visibility = 'team' }",
            "means nothing for title: customers are told of comments and status",
        ),
        ("[[sync.note]]\nto = 'web'\nwhen = {}\ntext = 'x'\nvisibility = 'customer'", NEEDS.format("web")),
    ],
)
def test_one_key_alone_tells_customers_nothing(read: Read, asked: str, told: str) -> None:
    other = ENG.replace("connections.eng", "connections.web")
    rows = "status = [ { eng = ['Done'], web = ['Done'] } ]\n"
    block = f"[[sync]]\nname = 'd'\nlink = 'same'\nbetween = ['eng', 'web']\n{rows}[sync.fields]\n{asked}\n"
    with pytest.raises(InvalidConfig) as caught:
        read(ENG + other + block)
    assert [problem.text for problem in caught.value.problems] == [told]
    if told.startswith('"customer"'):
        read(ENG + other + "customer_visible = true\n" + block)


def test_a_note_to_customers_holds_no_title_of_the_team(read: Read) -> None:
    other = ENG.replace("connections.eng", "connections.web") + "customer_visible = true\n"
    note = "[[sync.note]]\nto = 'web'\nwhen = {}\ntext = 'Done: {title}'\nvisibility = 'customer'\n"
    block = "[[sync]]\nname = 'd'\nlink = 'same'\nbetween = ['eng', 'web']\n"
    with pytest.raises(InvalidConfig, match="a title was written for the team"):
        read(ENG + other + block + note)
    read(ENG + other + block + note.replace(": {title}", " in {key}"))


def test_paths_start_at_the_file(read: Read, tmp_path: Path) -> None:
    config = read('[hub]\ndatabase = "sqlite:///data/own.db"\nenv_file = "own.env"\n' + ENG)
    assert config.hub.database == f"sqlite:///{tmp_path}/data/own.db"
    assert config.hub.env_file == tmp_path / "own.env"
    assert config.path == tmp_path / "syncline.toml"
    assert config.directory == tmp_path


def test_defaults(read: Read, tmp_path: Path) -> None:
    config = read(ENG)
    assert config.hub.database == f"sqlite:///{tmp_path}/syncline.db"
    assert config.hub.history == timedelta(days=365)
    assert config.hub.census == timedelta(hours=24)
    eng = config.connections["eng"]
    assert (eng.name, eng.access, eng.url) == ("eng", "read", "https://acme.example")
    assert eng.customer_visible is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(days=1)),
        ("6w", timedelta(weeks=6)),
        ("all", None),
    ],
)
def test_lengths_of_time(read: Read, written: str, meant: timedelta | None) -> None:
    assert read(f'[hub]\nhistory = "{written}"\n').hub.history == meant


HUB = "[hub]\n{}\n"
BAD_HUB = [
    ('databse = "x"', '[hub] unknown key "databse"; did you mean "database"?'),
    ('timezone = "Europe/Berln"', '[hub] timezone: is not a time zone; did you mean "Europe/Berlin"?'),
    ('timezone = "../../etc/passwd"', "[hub] timezone: is not a time zone"),
    ('keep_raw = "yes"', "[hub] keep_raw: must be true or false"),
    ("timezone = 3", "[hub] timezone: must be text in quotes"),
    ('week_start = "monday"', "[hub] week_start: must be one of 'mon', 'tue'"),
    ('workdays = "mon"', "[hub] workdays: must be a list in [ ]"),
    ('workdays = ["mon", "thr"]', "[hub] workdays[2]: must be one of"),
    ("workdays = []", "[hub] workdays: holds too few values"),
    ('census = "0h"', "[hub] census: must be a length of time such as"),
    ("census = 24", "[hub] census: must be a length of time such as"),
    (
        'history = "ever"',
        '[hub] history: must be a length of time such as "90m", "24h", "7d" or "6w", or "all"',
    ),
    ('database = "mysql://x"', '[hub] database: must be "sqlite:///FILE"'),
    ('database = "sqlite:///:memory:"', "[hub] database: must name a file"),
    ('database = "postgresql+psycopg://u:pw@h/d"', "[hub] database: must not hold a password"),
    ('database = "postgresql+psycopg://u@h/d?password=pw"', "[hub] database: must not hold a password"),
    ('database = "postgresql+psycopg://u@h/d?sslpassword=pw"', "[hub] database: must not hold a password"),
    ('database = "postgresql+psycopg://u@h"', "[hub] database: must name a database"),
    ('database = "postgresql+psycopg://u@h:x/d"', "[hub] database: must be as in"),
    ('database = "postgresql://u@h/d"', '[hub] database: must be "sqlite:///FILE"'),
]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u@h/d",
        "postgresql+psycopg:///d?host=/run/postgresql",
        "postgresql+psycopg:///?service=hub",
    ],
)
def test_a_server_is_named_without_a_password(read: Read, url: str) -> None:
    assert read(f'[hub]\ndatabase = "{url}"\n' + ENG).hub.database == url


@pytest.mark.parametrize(("line", "told"), BAD_HUB)
def test_a_mistake_in_the_hub_is_told(read: Read, tmp_path: Path, line: str, told: str) -> None:
    (only,) = lines(read, HUB.format(line), tmp_path)
    assert only.startswith(told)


BAD_CONNECTION = [
    ('tokn = "x"', 'unknown key "tokn"; did you mean "token"?'),
    ('access = "rw"', "access: must be one of 'read' or 'write'"),
    ('streams = "issues"', "streams: must be a list in [ ]"),
    ("streams = []", "streams: holds too few values"),
    (
        'status = { Doing = "in_progess" }',
        'status.Doing: is not a status category; did you mean "in_progress"?',
    ),
    ('status = { "In QA" = "todo/review" }', 'status."In QA": holds a refinement of another category'),
    ('status = { A = "in_progress/reveiw" }', 'is not a refinement of in_progress; did you mean "review"?'),
    ('status = { A = "done/review" }', 'write "in_progress/review"'),
    ('status = { A = "done/x" }', 'is not a status; "done" has no refinements'),
    ("status = { Doing = 3 }", "status.Doing: must be text such as"),
    (
        "containers = { MOB = { statuses = {} } }",
        'containers.MOB: unknown key "statuses"; did you mean "status"?',
    ),
    ('fields = { sevrity = "S" }', 'fields: unknown key "sevrity"; did you mean "severity"?'),
    ('fields.severity = { field = "S", values = { s9 = "x" } }', 'unknown key "s9"; valid are: s1, s2'),
    ('fields.severity = { name = "S" }', "fields.severity.field: is required"),
    ("fields.estimate = true", "fields.estimate: must be a table"),
]


@pytest.mark.parametrize(("line", "told"), BAD_CONNECTION)
def test_a_mistake_in_a_connection_is_told(read: Read, tmp_path: Path, line: str, told: str) -> None:
    fields = '[fields]\nseverity = { type = "choice", values = ["s1", "s2"] }\n'
    first = lines(read, fields + ENG + line, tmp_path)[0]
    assert first.startswith("[connections.eng] ")
    assert told in first


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[hubb]\n", '[hubb]; did you mean "hub"?'),
        ("connections = 3", "[connections] must hold one table per connection"),
        ("hub = 3", "[hub] must be a table"),
        ("[connections.Eng]\nconnector = 'tracker'", "[connections.Eng] the name must be lower-case"),
        ("[connections.eng]\nurl = 'https://x.example'", "[connections.eng] connector: is required"),
        ("[connections.eng]\nconnector = 'trakcer'", 'no connector named "trakcer" is installed'),
        (ENG.replace("token", "# token"), 'token: is required, for example token = "env:TRACKER_TOKEN"'),
        ("[fields]\nx = { type = 'choice' }", "[fields] x: values belong to a choice"),
        ("[teams]\na = { containers = ['eng:ENG'] }", 'no connection is named "eng"'),
        (
            "[teams]\na = { containers = ['eng:ENG'] }\nb = { containers = ['eng:ENG'] }",
            '[teams] b.containers: "eng:ENG" is one of a, too',
        ),
        ("[[sync]]\nname = 'd'\nlink = 'same'\nbetween = ['a', 'b']", 'between: no connection is named "a"'),
    ],
)
def test_other_mistakes_are_told(read: Read, tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(lines(read, text, tmp_path))


def test_every_problem_is_told_at_once(read: Read, tmp_path: Path) -> None:
    text = "[hub]\nfoo = 1\nkeep_raw = 3\n[nope]\n" + ENG + 'x = 1\n[[sync]]\nname = "a"\n'
    told = lines(read, text, tmp_path)
    assert len(told) == 6
    assert [line for line in told if "[[sync]]" in line] == [
        '[[sync]] no. 1 between: is required, for example between = ["product", "eng"]',
        '[[sync]] no. 1 link: is required, for example link = "same"',
    ]


@pytest.mark.parametrize(
    ("url", "extra", "accepted"),
    [
        ("https://acme.example", "", True),
        ("http://acme.example", "", False),
        ("http://acme.example", "insecure = true", True),
        ("http://localhost:8080", "", True),
        ("http://127.1.2.3:8080/base", "", True),
        ("http://[::1]:8080", "", True),
        ("http://localhost.acme.example", "", False),
        ("ftp://acme.example", "", False),
        ("https://user:canary-8810@acme.example", "", False),
        ("https://acme.example?token=canary-8810", "", False),
        ("https://", "", False),
        ("https://acme.example:notaport", "", False),
    ],
)
def test_addresses(read: Read, tmp_path: Path, url: str, extra: str, accepted: bool) -> None:
    text = ENG.replace("https://acme.example/", url) + extra
    if accepted:
        assert read(text).connections["eng"].url == url
    else:
        (told,) = lines(read, text, tmp_path)
        assert "url" in told
        assert "canary" not in told


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"[hub]\ndatabase = \n", "line 2, column 12: "),
        (b"[hub]\n[hub]\n", "line 2, column 5: "),
        (b"[hub]\nx = '''", "line 2, the end of the file: "),
        (b"[hub]\nx = '\xff'\n", "line 2: is not UTF-8 text"),
    ],
)
def test_broken_toml_names_the_line(tmp_path: Path, content: bytes, where: str) -> None:
    path = tmp_path / "syncline.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path, Registry(found=[]))
    assert str(caught.value).startswith(f"{path}, {where}")
    assert "\n" not in str(caught.value)


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, Registry(found=[]))


def test_importing_it_brings_in_no_client_and_no_database() -> None:
    program = (
        "import sys, syncline.config, syncline.registry, syncline.status;"
        "print(sorted({'httpx', 'sqlalchemy', 'jinja2', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


TEMPLATE = (
    ENG
    + """
[connections.web]
connector = "tracker"
url = "https://web.example/"
token = "env:TRACKER_TOKEN"
[[sync]]
name = "delivery"
between = ["eng", "web"]
link = "same"
[[sync.create]]
from = "eng"
to = "web"
body = "templates/body.md"
"""
)


def test_a_template_that_is_not_there_is_told_before_anything_begins(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "templates" / "body.md"
    (line,) = lines(read, TEMPLATE, tmp_path)
    assert line.endswith(f"body: {path} cannot be read: No such file or directory")
    path.mkdir(parents=True)
    (line,) = lines(read, TEMPLATE, tmp_path)
    assert line.endswith("cannot be read: Is a directory")
    path.rmdir()
    path.write_bytes(b"\xff\xfe")
    (line,) = lines(read, TEMPLATE, tmp_path)
    assert line.endswith("is not UTF-8 text")
    path.write_text("{body}", encoding="utf-8")
    assert read(TEMPLATE).sync[0].create[0].body == path
