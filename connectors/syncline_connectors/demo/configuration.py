"""The configuration files of the demo company, as a person would write them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syncline_connectors.demo.company import ADA, EMIL, GUS, PEOPLE
from syncline_connectors.demo.design import MEMBERS
from syncline_connectors.demo.evidence import FUNNEL, FUNNEL_DAYS, WEEKS

if TYPE_CHECKING:
    from syncline_connectors.demo import Demo

HALF_QUARTER = timedelta(days=45)
"""The story is told in the middle of one."""

JIRA = """
[connections.eng]                      # engineers
connector = "jira"
url = "{jira}"
user = "{user}"
token = "env:JIRA_TOKEN"
access = "{access}"

[connections.eng.status]
"In Review" = "in_progress/review"
"Blocked" = "waiting/blocked"
"Won't Do" = "canceled"
"""

OTHERS = """
[connections.product]                  # product people
connector = "linear"
url = "{linear}"
token = "env:LINEAR_API_KEY"
access = "write"
[connections.product.status]
"In Review" = "in_progress/review"

[connections.design]                   # designers
connector = "trello"
url = "{trello}"
key = "env:TRELLO_KEY"
token = "env:TRELLO_TOKEN"
access = "write"
boards = ["{board}"]
[connections.design.fields]
estimate = "Hours"
[connections.design.status]
"Briefs" = "backlog"
"Doing" = "in_progress"
"Crit" = "in_progress/review"
"Handed over" = "done"

[connections.support]                  # customers; nothing that they see is ever written
connector = "zendesk"
url = "{zendesk}"
user = "{user}"
token = "env:ZENDESK_TOKEN"
access = "write"
groups = ["Tier 1", "Tier 2"]
exclude = {{ labels = ["hr"] }}
jira = "{jira}"
[connections.support.fields]
eng_status = "Engineering"
arr = {{ organization = "arr_eur" }}

[connections.usage]
connector = "amplitude"
url = "{amplitude}"
key = "env:AMPLITUDE_KEY"
secret = "env:AMPLITUDE_SECRET"
region = "eu"
timezone = "UTC"
[[connections.usage.metrics]]
name = "weekly_active_users"
event = "_active"
interval = 7
target = 12000
direction = "up"
start = {weeks}
[[connections.usage.metrics]]
name = "activation_rate"
funnel = [{funnel}]
window = "1d"
direction = "up"
start = {days}

[connections.files]
connector = "files"
surveys = "data/nps.csv"
experiments = "data/experiments.csv"
rollouts = "data/flags.csv"
deploys = "data/deploys.csv"
decisions = "data/decisions.csv"
scores = "data/scores.csv"
notes = "research/*.md"
"""

COMPANY = """
[teams]
web = {{ containers = ["eng:WEB", "product:PRD"], wip = 8 }}
app = {{ containers = ["eng:APP"] }}
platform = {{ containers = ["eng:OPS"] }}

[fields]
eng_status = {{ type = "text" }}
arr = {{ type = "number", unit = "EUR/year" }}
reach = {{ type = "number", unit = "users/quarter" }}
impact = {{ type = "number" }}
confidence = {{ type = "number", unit = "%" }}
effort = {{ type = "number", unit = "person-months" }}
"""

SYNCS = """
[[sync]]                               # one piece of work, wanted by product people and made by engineers
name = "delivery"
between = ["product", "eng"]
link = "same"
mode = "{mode}"
lead = "eng"
match = ["native", "url", "title"]
first = "eng"
status = [
  {{ product = ["Backlog"], eng = ["Backlog"] }},
  {{ product = ["Todo"], eng = ["To Do"] }},
  {{ product = ["In Progress"], eng = ["In Progress", "Blocked"] }},
  {{ product = ["In Review"], eng = ["In Review"] }},
  {{ product = ["Done"], eng = ["Done"] }},
  {{ product = ["Canceled"], eng = ["Won't Do"] }},
]
[[sync.pair]]
product = "PRD"
eng = "WEB"
[[sync.create]]
from = "product"
to = "eng"
when = {{ category = ["todo", "in_progress"], labels = ["needs-eng"] }}
type = "Story"
set = {{ labels = ["from-linear"] }}
[sync.fields]
title = {{}}                             # both ways; where both sides changed it, a person decides
description = {{ from = "product", on = "create" }}
status = {{ prefer = ["eng"] }}
priority = {{ prefer = ["product"] }}
assignees = {{ prefer = ["eng"] }}

[[sync]]                               # designers have cards for needs of product people
name = "drawings"
between = ["design", "product"]
link = "same"
mode = "{mode}"
lead = "product"
match = ["native", "url"]
first = "product"
[sync.fields]
due_on = {{ from = "design" }}

[[sync]]                               # many tickets are about one bug; customers see nothing of it
name = "escalations"
between = ["support", "eng"]
link = "about"
mode = "{mode}"
match = ["native", "url"]
[[sync.create]]
from = "support"
to = "eng"
when = {{ labels = ["escalated"], not = {{ category = ["done"] }} }}
route = [{{ container = "WEB" }}]
type = "Bug"
title = "[ZD {{key}}] {{title}}"
[sync.fields]
eng_status = {{ from = "eng.status" }}
"""

ROADMAP = """
[roadmap]                              # a project in Linear and its epic in Jira are one entry
items = [{{ from = "product", kind = "project" }}, {{ from = "eng", type = "Epic" }}]
target = ["product", "eng"]
match = ["url", "title"]
demand = {{ weight = "arr" }}
score = {{ method = "rice", reach_period = "quarter" }}
"""

OBJECTIVES = """
[[objective]]
title = "Buyers come back"
from = "product:initiative:Buyers come back"
owner = "{owners[0]}"
start = {quarter[0]}
due = {quarter[1]}
[[objective.key_result]]
title = "Of those who sign up, more order"
metric = "activation_rate"
baseline = 31
target = 40

[[objective]]
title = "A shop that never lets you down"
from = "product:initiative:A shop that never lets you down"
owner = "{owners[1]}"
start = {quarter[0]}
due = {quarter[1]}
[[objective.key_result]]
title = "More people use the shop each week"
metric = "weekly_active_users"
baseline = 9100
target = 12000
"""


def hub(name: str, *, people: bool = False) -> str:
    """The part that says where things are kept."""
    listed = '\npeople = "people.csv"' if people else ""
    return f"""
[hub]
database = "sqlite:///{name}.db"
env_file = "syncline.env"
history = "all"{listed}
"""


def whole(demo: Demo, mode: str) -> str:
    """Everything: all tools, and what is kept in agreement; ``mode`` of the blocks is preview or on."""
    now = demo.plot.story.now
    filled = (COMPANY + JIRA + OTHERS + SYNCS + ROADMAP + OBJECTIVES).format(
        **demo.urls,
        user=demo.user,
        access="write",
        mode=mode,
        board=demo.sites.board,
        funnel=", ".join(f'"{step}"' for step in FUNNEL),
        days=(now - timedelta(days=FUNNEL_DAYS)).date(),
        weeks=(now - timedelta(weeks=WEEKS, days=now.weekday())).date(),
        owners=(PEOPLE[ADA].name, PEOPLE[GUS].name),
        quarter=((now - HALF_QUARTER).date(), (now + HALF_QUARTER).date()),
    )
    return hub("syncline", people=True) + filled


def only_jira(demo: Demo, name: str, access: str = "read") -> str:
    """Only the engineers' tool, with a database of its own."""
    return hub(name) + JIRA.format(jira=demo.urls["jira"], user=demo.user, access=access)


def people() -> str:
    """Who stands behind accounts whose e-mail a tool does not show: Emil's in Jira, everybody's in Trello."""
    rows = ["person,email,team,eng,design"]
    for number, person in enumerate(PEOPLE):
        jira = person.name if number == EMIL else ""
        trello = person.name if number in MEMBERS else ""
        rows.append(f"{person.name},{person.email},,{jira},{trello}")
    return "\n".join(rows) + "\n"
